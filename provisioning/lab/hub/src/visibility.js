// What a caller may see, decided anew for each request: own data, shared types, and others' data as consent
// says.
import { decide } from './consent.js';
import { dataClassesWith, dataDateOf, isShared, patientOf } from './data-class.js';
import { facilityOf } from './words.js';

/**
 * @typedef {import('./state.js').State} State
 * @typedef {import('./state.js').Stored} Stored
 * @typedef {{kind: 'facility', facility: string} | {kind: 'operator'}} Caller: who the client certificate is
 * @typedef {import('@medplum/fhirtypes').Consent} Consent
 */

export class Visibility {
  /** @type {Map<string, Consent[]>} of this request only: the next one reads the records again */
  #consents = new Map();

  /**
   * @param {State} state
   * @param {Caller} caller
   * @param {import('./consent.js').Membership[]} participants
   * @param {number} now epoch milliseconds
   */
  constructor(state, caller, participants, now) {
    this.state = state;
    this.caller = caller;
    this.participants = participants;
    this.now = now;
  }

  /** @param {import('@medplum/fhirtypes').Resource} resource */
  isOwn(resource) {
    return this.caller.kind === 'facility' && facilityOf(resource) === this.caller.facility;
  }

  /** @param {Stored} resource */
  maySee(resource) {
    if (this.caller.kind === 'operator' || this.isOwn(resource) || isShared(resource)) return true;
    const bearer = this.#bearer(resource);
    const patient = patientOf(bearer);
    if (!patient || !this.state.getReference(patient)) return false;
    if (resource.resourceType === 'Consent') return this.#knows(patient);
    const provider = facilityOf(resource);
    if (!provider) return false;
    const question = {
      provider,
      viewer: this.caller.facility,
      type: bearer.resourceType,
      classes: dataClassesWith(resource, bearer),
      date: dataDateOf(bearer),
    };
    return decide(this.#consentsOf(patient), question, this.participants, this.now).permit;
  }

  /** What a Provenance or a Binary belongs to counts in its place. @param {any} resource @returns {Stored} */
  #bearer(resource) {
    const reference = resource.target?.[0]?.reference ?? resource.securityContext?.reference;
    return (reference && this.state.getReference(reference)) || resource;
  }

  /**
   * Whether the caller has this person as a patient: then it must learn of records and withdrawals.
   * @param {string} patient
   */
  #knows(patient) {
    const linked = this.state.index.linked(patient).map((one) => this.state.getReference(one));
    return linked.some((one) => one && this.isOwn(one));
  }

  /** @param {string} patient @returns {Consent[]} */
  #consentsOf(patient) {
    let records = this.#consents.get(patient);
    if (!records) {
      const linked = this.state.index.linked(patient);
      records = /** @type {Consent[]} */ (linked.flatMap((one) => this.state.ofPatient(one, 'Consent')));
      this.#consents.set(patient, records);
    }
    return records;
  }
}
