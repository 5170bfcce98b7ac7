// Judge 3: walks a profile's snapshot where @medplum/core stops: what stands inside a slice, datatype
// profiles (JP_HumanName, JP_MedicationDosage …), extensions by their own definition, and the type a JP
// reference may point to.
import { isDeepStrictEqual } from 'node:util';
import { judgeDatatype } from './medplum.mjs';

/**
 * @typedef {{definition: any, children: Map<string, Node>, slices: Map<string, Node>}} Node
 * @typedef {{profiles: Map<string, any>, errors: {judge: string, path: string, text: string}[], judge: string}} Walk
 */

const newNode = () => ({ definition: {}, children: new Map(), slices: new Map() });

/** The element with its children and slices. @param {any} profile @returns {Node} */
function treeOf(profile) {
  const root = newNode();
  for (const definition of profile.snapshot.element) {
    let node = root;
    for (const step of definition.id.split('.').slice(1)) {
      const [name, ...slice] = step.split(':');
      if (!node.children.has(name)) node.children.set(name, newNode());
      node = node.children.get(name);
      for (const sliceName of slice) {
        if (!node.slices.has(sliceName)) node.slices.set(sliceName, newNode());
        node = node.slices.get(sliceName);
      }
    }
    node.definition = definition;
  }
  return root;
}

/** @type {Map<string, Node>} */
const trees = new Map();

/** @param {any} profile */
function tree(profile) {
  if (!trees.has(profile.url)) trees.set(profile.url, treeOf(profile));
  return trees.get(profile.url);
}

/** The fixed[x] or pattern[x] of an element. */
function demanded(definition) {
  const key = Object.keys(definition).find((name) => /^(fixed|pattern)[A-Z]/.test(name));
  return key && { exact: key.startsWith('fixed'), value: definition[key] };
}

/** Whether `value` holds all of `pattern`. */
function includes(value, pattern) {
  if (Array.isArray(pattern))
    return Array.isArray(value) && pattern.every((p) => value.some((v) => includes(v, p)));
  if (pattern === null || typeof pattern !== 'object') return value === pattern;
  return Object.entries(pattern).every(([key, inner]) => includes(value?.[key], inner));
}

const satisfies = (value, { exact, value: wanted }) =>
  exact ? isDeepStrictEqual(value, wanted) : includes(value, wanted);

/** The values of an element in a parent, with the type of a choice: [{value, type}]. */
function valuesOf(parent, name, definition) {
  if (!name.endsWith('[x]')) {
    const value = parent[name];
    const type = definition.type?.[0]?.code;
    return value === undefined
      ? []
      : (Array.isArray(value) ? value : [value]).map((one) => ({ value: one, type }));
  }
  const stem = name.slice(0, -3);
  const key = Object.keys(parent).find(
    (one) => one.startsWith(stem) && /^[A-Z]/.test(one.slice(stem.length))
  );
  if (!key) return [];
  const written = key.slice(stem.length);
  const type = definition.type.find(({ code }) => code[0].toUpperCase() + code.slice(1) === written)?.code;
  return [{ value: parent[key], type: type ?? `not-allowed ${written}` }];
}

/** Every value under a dotted discriminator path. */
function under(value, path) {
  if (path === '$this') return [value];
  return path.split('.').reduce((at, step) => at.flatMap((one) => one?.[step] ?? []), [value]);
}

/**
 * Whether a value has all that an element and its children demand by fixed or pattern values; undefined if
 * they demand none.
 * @param {Node} [node]
 */
function fits(value, node) {
  if (!node) return undefined;
  const wanted = demanded(node.definition);
  if (wanted) return satisfies(value, wanted);
  const opinions = [...node.children].map(([name, child]) => {
    const answers = under(value, name).map((one) => fits(one, child));
    return answers.length ? answers.reduce((a, b) => a || b) : fits(undefined, child);
  });
  const certain = opinions.filter((opinion) => opinion !== undefined);
  return certain.length ? certain.every(Boolean) : undefined;
}

/**
 * Whether a value falls into a slice. A slice told by a value set alone is left to @medplum/core.
 * @param {Node} slice
 */
function inSlice(value, type, slice, discriminators) {
  return discriminators.every(({ type: kind, path }) => {
    if (kind === 'type') return slice.definition.type?.some(({ code }) => code === type);
    const steps = path === '$this' ? [] : path.split('.');
    const node = steps.reduce((at, step) => at?.children.get(step), slice);
    const answers = under(value, path).map((one) => fits(one, node));
    if (answers.some((answer) => answer !== undefined)) return answers.some(Boolean);
    return path === 'url' && slice.definition.type?.[0]?.profile?.includes(value.url);
  });
}

/** @param {Walk} walk */
function fault(walk, path, text) {
  walk.errors.push({ judge: walk.judge, path, text });
}

/**
 * @param {Walk} walk
 * @param {Node} node: one element, one slice or one whole datatype; counts and contents of its values
 */
function walkElement(values, name, node, path, walk) {
  const { definition } = node;
  const max = definition.max === '*' ? Infinity : Number(definition.max ?? Infinity);
  if (values.length < (definition.min ?? 0) || values.length > max) {
    fault(walk, path, `${name}: ${definition.min}..${definition.max} demanded, ${values.length} found`);
  }
  const wanted = demanded(definition);
  for (const { value, type } of values) {
    if (type?.startsWith('not-allowed')) fault(walk, path, `${name}: the type is ${type}`);
    if (wanted && !satisfies(value, wanted))
      fault(walk, path, `${name}: must be ${JSON.stringify(wanted.value)}`);
    walkValue(value, type, node, path, walk);
  }
  const discriminators = definition.slicing?.discriminator;
  for (const [sliceName, slice] of discriminators ? node.slices : []) {
    const mine = values.filter(({ value, type }) => inSlice(value, type, slice, discriminators));
    walkElement(mine, `${name}:${sliceName}`, slice, path, walk);
  }
  if (definition.slicing?.rules === 'closed') walkClosed(values, name, node, path, walk);
}

/** Nothing may stand outside the slices of a closed slicing. @param {Walk} walk @param {Node} node */
function walkClosed(values, name, { definition, slices }, path, walk) {
  const { discriminator } = definition.slicing;
  const stray = values.filter(
    ({ value, type }) => ![...slices.values()].some((slice) => inSlice(value, type, slice, discriminator))
  );
  if (stray.length) fault(walk, path, `${name}: closed, ${stray.length} in none of its slices`);
}

/** @param {Walk} walk @param {Node} node */
function walkValue(value, type, node, path, walk) {
  if (value === null || typeof value !== 'object') return;
  for (const [name, child] of node.children) {
    walkElement(valuesOf(value, name, child.definition), name, child, `${path}.${name}`, walk);
  }
  const allowed = node.definition.type?.find(({ code }) => code === type);
  if (type === 'Reference') walkReference(value, allowed?.targetProfile, path, walk);
  if (type === 'Extension') return walkExtension(value, path, walk);
  const profile = walk.profiles.get(allowed?.profile?.[0]);
  if (profile) {
    walk.errors.push(...judgeDatatype(profile.type, value, profile).map((note) => ({ ...note, path })));
    walkValue(value, undefined, tree(profile), path, walk);
  }
}

/** @param {Walk} walk */
function walkReference(value, targets, path, walk) {
  const type = /^([A-Z][A-Za-z]+)\//.exec(value.reference ?? '')?.[1] ?? value.type;
  if (!targets || !type) return;
  const types = targets.map((url) => walk.profiles.get(url)?.type ?? url.split('/').at(-1));
  if (!types.includes('Resource') && !types.includes(type)) {
    fault(walk, path, `the reference points at ${type}, allowed are ${types.join(', ')}`);
  }
}

/** @param {Walk} walk */
function walkExtension(value, path, walk) {
  const profile = walk.profiles.get(value.url);
  if (profile) walkValue(value, undefined, tree(profile), path, walk);
  else if (value.url?.startsWith('http://jpfhir.jp/'))
    fault(walk, path, `no package holds the extension ${value.url}`);
}

/**
 * @param {any} resource
 * @param {any} profile
 * @param {Map<string, any>} profiles
 */
export function walkProfile(resource, profile, profiles) {
  const walk = { profiles, errors: [], judge: `walker ${profile.name}` };
  walkValue(resource, undefined, tree(profile), resource.resourceType, walk);
  return walk.errors;
}
