// Patient identity: $match (IHE PDQm, ITI-119) and $ihe-pix (IHE PIXm, ITI-83) over the master index. Both
// see only patients that the caller may see: a person who has not consented is answered like one who does not
// exist.
import { OperationOutcomeError, allOk, forbidden, notFound, splitSearchOnComma } from '@medplum/core';
import { kanaOf, memberIdsOf } from './links.js';
import { MATCH_DEFAULT } from './limits.js';
import { malformed } from './outcomes.js';
import { MATCH_GRADE, MPI_SYSTEM } from './words.js';

/**
 * @typedef {import('@medplum/fhirtypes').Patient} Patient
 * @typedef {import('./repository.js').Repository} Repository
 * @typedef {import('@medplum/fhir-router').FhirRequest} FhirRequest
 */

/** @param {any} parameters @param {string} name */
function parameter(parameters, name) {
  return parameters?.parameter?.find((/** @type {any} */ one) => one.name === name);
}

/** @param {Patient} a @param {Patient} b */
function sharesIdentifier(a, b) {
  const tokens = new Set(
    (a.identifier ?? []).filter((one) => one.system && one.value).map((one) => `${one.system}|${one.value}`)
  );
  return (b.identifier ?? []).some((one) => tokens.has(`${one.system}|${one.value}`));
}

/**
 * How surely two descriptions are one person.
 * @param {Patient} wanted
 * @param {Patient} known
 * @returns {{score: number, grade: 'certain' | 'probable' | 'possible'} | undefined}
 */
export function score(wanted, known) {
  const birth = Boolean(wanted.birthDate) && wanted.birthDate === known.birthDate;
  const kana = Boolean(kanaOf(wanted)) && kanaOf(wanted) === kanaOf(known);
  const sex = Boolean(wanted.gender) && wanted.gender === known.gender;
  const members = memberIdsOf(known);
  const member = memberIdsOf(wanted).some((one) => members.includes(one));
  if (birth && (member || sharesIdentifier(wanted, known))) return { score: 1, grade: 'certain' };
  if (birth && kana && sex) return { score: 0.95, grade: 'certain' };
  if (birth && kana) return { score: 0.8, grade: 'probable' };
  if ((kana && sex) || member) return { score: 0.4, grade: 'possible' };
  return undefined;
}

/** @param {FhirRequest} request @param {Repository} repository @returns {Promise<any>} */
export async function match(request, repository) {
  const wanted = parameter(request.body, 'resource')?.resource;
  if (wanted?.resourceType !== 'Patient')
    throw malformed('$match takes Parameters with a Patient under "resource"');
  const onlyCertain = parameter(request.body, 'onlyCertainMatches')?.valueBoolean === true;
  const count = parameter(request.body, 'count')?.valueInteger ?? MATCH_DEFAULT;
  const { state, visibility, hub } = {
    state: repository.hub.state,
    visibility: repository.visibility,
    hub: repository.hub,
  };
  const found = [];
  for (const stored of state.all('Patient')) {
    const patient = /** @type {any} */ (stored);
    const result = score(wanted, patient);
    if (!result || (onlyCertain && result.grade !== 'certain') || !visibility.maySee(stored)) continue;
    found.push({ patient, ...result });
  }
  found.sort((a, b) => b.score - a.score);
  const entry = found.slice(0, count).map((one) => ({
    fullUrl: hub.addressOf(one.patient),
    resource: withEnterpriseId(one.patient, repository),
    search: { extension: [{ url: MATCH_GRADE, valueCode: one.grade }], mode: 'match', score: one.score },
  }));
  return [
    allOk,
    { resourceType: 'Bundle', type: 'searchset', total: entry.length, ...(entry.length && { entry }) },
  ];
}

/** @param {Patient} patient @param {Repository} repository */
function withEnterpriseId(patient, repository) {
  const own = repository.hub.state.index.enterpriseId(`Patient/${patient.id}`);
  return { ...patient, identifier: [...(patient.identifier ?? []), own] };
}

/** @param {any} value @returns {string} */
const single = (value) => String((Array.isArray(value) ? value[0] : value) ?? '');

/** sourceIdentifier and targetSystem of a GET or of Parameters. @param {FhirRequest} request */
function question({ query, body }) {
  const identifier = parameter(body, 'sourceIdentifier');
  const source = identifier?.valueIdentifier
    ? `${identifier.valueIdentifier.system}|${identifier.valueIdentifier.value}`
    : splitSearchOnComma(identifier?.valueString ?? single(query?.sourceIdentifier))[0];
  const target = parameter(body, 'targetSystem');
  return { source, target: target?.valueUri ?? target?.valueString ?? single(query?.targetSystem) };
}

/** @param {FhirRequest} request @param {Repository} repository @returns {Promise<any>} */
export async function pix(request, repository) {
  const { source, target } = question(request);
  if (!/^[^|]+\|.+$/.test(source)) throw malformed('$ihe-pix takes sourceIdentifier=system|value');
  const { state } = repository.hub;
  const maySee = (/** @type {any} */ one) => Boolean(one) && repository.visibility.maySee(one);
  const known = state.withIdentifier('Patient', source).filter(maySee);
  if (!known.length) throw new OperationOutcomeError(notFound);
  const references = new Set(known.flatMap(({ id }) => state.index.linked(`Patient/${id}`)));
  const linked = [...references].flatMap((one) => state.getReference(one) ?? []).filter(maySee);
  const parameters = linked.flatMap((one) => answersFor(/** @type {Patient} */ (one), source, target));
  const enterprise = state.index.enterpriseId(`Patient/${known[0].id}`);
  if (!target || target === MPI_SYSTEM)
    parameters.push({ name: 'targetIdentifier', valueIdentifier: enterprise });
  if (target && !parameters.length && !isKnownDomain(target, repository))
    throw new OperationOutcomeError(forbidden);
  return [allOk, { resourceType: 'Parameters', ...(parameters.length && { parameter: parameters }) }];
}

/**
 * The identifiers in the wanted domain, each patient's reference with them.
 * @param {Patient} patient
 * @param {string} source
 * @param {string} target
 */
function answersFor(patient, source, target) {
  const isWanted = (/** @type {any} */ one) =>
    (!target || one.system === target) && `${one.system}|${one.value}` !== source;
  const identifiers = (patient.identifier ?? []).filter(isWanted);
  if (!identifiers.length) return [];
  /** @type {any[]} */
  const answers = identifiers.map((one) => ({ name: 'targetIdentifier', valueIdentifier: one }));
  return [...answers, { name: 'targetId', valueReference: { reference: `Patient/${patient.id}` } }];
}

/** @param {string} system @param {Repository} repository */
function isKnownDomain(system, repository) {
  const patients = /** @type {Iterable<any>} */ (repository.hub.state.all('Patient'));
  return [...patients].some((one) => one.identifier?.some((/** @type {any} */ id) => id.system === system));
}
