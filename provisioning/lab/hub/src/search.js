// Searches: candidates by index where a filter allows it, the rest by @medplum/core's matching, then pages.
//
// A patient parameter followed by `.identifier` (patient.identifier, subject:Patient.identifier …) is
// answered over linked patients: one identifier of one's own patient finds the data of the same person at
// every facility that consent opens.
import { globalSchema, matchesSearchRequest, evalFhirPath, splitSearchOnComma } from '@medplum/core';
import { isIndexedByPatient, patientOf } from './data-class.js';
import { PAGE_DEFAULT, PAGE_MAX } from './limits.js';
import { malformed } from './outcomes.js';
import { identifiersOf } from './state.js';
import { MPI_SYSTEM } from './words.js';

/**
 * @typedef {import('@medplum/core').SearchRequest} SearchRequest
 * @typedef {import('@medplum/core').Filter} Filter
 * @typedef {import('./state.js').Stored} Stored
 * @typedef {Pick<import('./state.js').State, 'get' | 'getReference' | 'all' | 'withIdentifier' | 'ofPatient' | 'index'>} View
 * @typedef {(resource: Stored) => boolean} Test
 */

const BY_PERSON = /^(patient|subject|beneficiary)(:Patient)?\.identifier$/;
const PATIENT_PARAMETERS = new Set(['patient', 'subject', 'beneficiary']);
/** system|value; the value may hold further bars (escaped in the address, plain here). */
const WHOLE_TOKEN = /^[^|]+\|.+$/s;

/** @param {SearchRequest} request */
function checkParameters(request) {
  const known = globalSchema.types[request.resourceType]?.searchParams;
  if (!known) throw malformed(`there is no search on ${request.resourceType}`);
  for (const { code } of request.filters ?? []) {
    if (!known[code] && !BY_PERSON.test(code))
      throw malformed(`unknown search parameter ${code.slice(0, 40)}`);
  }
  for (const { code } of request.sortRules ?? []) {
    if (!known[code]) throw malformed(`unknown sort parameter ${code.slice(0, 40)}`);
  }
}

/**
 * The patients of the persons that have one of these identifiers as a patient visible to the caller.
 * @param {View} view @param {string} value one or more tokens @param {Test} maySee
 * @returns {Set<string>} references
 */
export function patientsOfPersons(view, value, maySee) {
  const tokens = splitSearchOnComma(value);
  if (!tokens.every((token) => WHOLE_TOKEN.test(token)))
    throw malformed('patient.identifier takes system|value');
  const own = tokens.flatMap((token) => patientsWith(view, token)).filter(maySee);
  return new Set(own.flatMap((patient) => view.index.linked(`Patient/${patient.id}`)));
}

/** By an identifier of a facility, or by the master index's own. @param {View} view @param {string} token */
function patientsWith(view, token) {
  const enterprise = `${MPI_SYSTEM}|`;
  if (!token.startsWith(enterprise)) return view.withIdentifier('Patient', token);
  const linked = view.index.ofEnterprise(token.slice(enterprise.length));
  return linked.flatMap((reference) => view.getReference(reference) ?? []);
}

/** @param {string} value e.g. "Patient/1" or "1" */
const asPatient = (value) => (value.includes('/') ? value : `Patient/${value}`);

/**
 * The tokens of a filter on identifiers that can be told exactly; undefined: leave it to @medplum/core.
 * @param {Filter} filter
 */
function wholeTokens({ code, operator, value }) {
  const tokens = code === 'identifier' && operator === 'eq' ? splitSearchOnComma(value) : [];
  return tokens.length && tokens.every((token) => WHOLE_TOKEN.test(token)) ? tokens : undefined;
}

/** @param {any} resource @param {string[]} tokens */
function hasIdentifier(resource, tokens) {
  return identifiersOf(resource).some((one) => tokens.includes(`${one.system}|${one.value}`));
}

/**
 * Whether a resource of a bundle matches a search, before it is stored.
 * @param {any} resource
 * @param {SearchRequest} request
 */
export function matches(resource, request) {
  const filters = request.filters ?? [];
  const exact = filters.flatMap((filter) => wholeTokens(filter) ?? []);
  const rest = filters.filter((filter) => !wholeTokens(filter));
  return (
    (!exact.length || hasIdentifier(resource, exact)) &&
    matchesSearchRequest(resource, { ...request, filters: rest })
  );
}

/**
 * The filters that an index answers: where to look, and how to tell. FHIRPath would take a millisecond a
 * resource.
 * @typedef {{candidates: () => Stored[], test: Test}} Quick
 * @param {View} view @param {string} type @param {Filter} filter @param {Test} maySee
 * @returns {Quick | undefined}
 */
function quick(view, type, filter, maySee) {
  if (BY_PERSON.test(filter.code)) {
    const people = patientsOfPersons(view, filter.value, maySee);
    return ofPatients(view, type, people);
  }
  if (filter.operator !== 'eq') return undefined;
  const values = splitSearchOnComma(filter.value);
  if (filter.code === '_id') {
    return {
      candidates: () => values.flatMap((id) => view.get(type, id) ?? []),
      test: (one) => values.includes(one.id),
    };
  }
  const tokens = wholeTokens(filter);
  if (tokens) {
    const candidates = () => tokens.flatMap((token) => view.withIdentifier(type, token));
    return { candidates, test: (one) => hasIdentifier(one, tokens) };
  }
  if (PATIENT_PARAMETERS.has(filter.code) && isIndexedByPatient(type))
    return ofPatients(view, type, new Set(values.map(asPatient)));
  return undefined;
}

/** @param {View} view @param {string} type @param {Set<string>} patients @returns {Quick} */
function ofPatients(view, type, patients) {
  const candidates = () => [...patients].flatMap((patient) => view.ofPatient(patient, type));
  return { candidates, test: (one) => patients.has(patientOf(one) ?? '') };
}

/** @param {Stored[]} found @param {SearchRequest} request */
function sort(found, { resourceType, sortRules = [] }) {
  for (const { code, descending } of [...sortRules].reverse()) {
    const expression = globalSchema.types[resourceType]?.searchParams?.[code]?.expression ?? 'id';
    const keyed = found.map((resource) => ({
      resource,
      key: JSON.stringify(evalFhirPath(expression, resource)),
    }));
    const sign = descending ? -1 : 1;
    keyed.sort((a, b) => sign * (a.key < b.key ? -1 : Number(a.key > b.key)));
    found.splice(0, found.length, ...keyed.map(({ resource }) => resource));
  }
  return found;
}

/**
 * All resources that match and that the caller may see, sorted.
 * @param {View} view
 * @param {SearchRequest} request
 * @param {Test} maySee
 * @returns {Stored[]}
 */
export function find(view, request, maySee) {
  checkParameters(request);
  const { resourceType: type, filters = [] } = request;
  /** @type {Quick[]} */
  const quicks = [];
  const slow = [];
  for (const filter of filters) {
    const answer = quick(view, type, filter, maySee);
    if (answer) quicks.push(answer);
    else slow.push(filter);
  }
  const rest = { ...request, filters: slow };
  /** @type {Map<string, Stored>} */
  const found = new Map();
  for (const one of quicks.length ? quicks[0].candidates() : view.all(type)) {
    if (quicks.every(({ test }) => test(one)) && maySee(one) && matchesSearchRequest(one, rest))
      found.set(one.id, one);
  }
  return sort([...found.values()], request);
}

/** How many resources one page holds; 0 asks for the count alone. @param {SearchRequest} request */
export function pageSize({ count = PAGE_DEFAULT }) {
  return Math.min(Math.max(Number.isNaN(count) ? PAGE_DEFAULT : count, 0), PAGE_MAX);
}
