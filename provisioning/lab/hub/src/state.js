// All resources in memory, every version, with the indexes that searches and consent need. Knows no disk and
// no caller.
import { MasterIndex } from './links.js';
import { patientOf } from './data-class.js';

/**
 * @typedef {import('@medplum/core').WithId<import('@medplum/fhirtypes').Resource>} Stored
 * @typedef {{type: string, id: string, versionId: string, lastUpdated: string, source?: string}} Tombstone
 * @typedef {{put: Stored} | {gone: Tombstone}} Write: one step of a commit
 */

/** @template V @param {Map<string, Set<V>>} index @param {string} key @param {V} value */
function addTo(index, key, value) {
  const values = index.get(key);
  if (values) values.add(value);
  else index.set(key, new Set([value]));
}

/**
 * What the search parameter `identifier` looks at: a DocumentReference's master identifier too.
 * @param {any} resource
 * @returns {any[]}
 */
export function identifiersOf(resource) {
  return [resource.identifier ?? [], resource.masterIdentifier ?? []].flat();
}

/**
 * The tokens under which identifiers are found: "Type|system|value".
 * @param {any} resource
 * @returns {string[]}
 */
function identifierKeys(resource) {
  return identifiersOf(resource).map((one) =>
    identifierKey(resource.resourceType, `${one.system ?? ''}|${one.value ?? ''}`)
  );
}

/** @param {string} type @param {string} token "system|value" */
const identifierKey = (type, token) => `${type}|${token}`;

export class State {
  /** @type {Map<string, Map<string, Stored>>} */
  #current = new Map();
  /** @type {Map<string, Write[]>} "Type/id" → versions, oldest first */
  #versions = new Map();
  /** @type {Map<string, Set<string>>} */
  #byIdentifier = new Map();
  /** @type {Map<string, Set<string>>} "Patient/id" → "Type/id" */
  #byPatient = new Map();
  index = new MasterIndex();

  /** @param {string} type @param {string} id @returns {Stored | undefined} */
  get(type, id) {
    return this.#current.get(type)?.get(id);
  }

  /** @param {string} reference "Type/id" */
  getReference(reference) {
    const [type, id] = reference.split('/');
    return this.get(type, id);
  }

  /** @param {string} type @returns {Iterable<Stored>} */
  all(type) {
    return this.#current.get(type)?.values() ?? [];
  }

  /** @param {string} type @param {string} id @returns {Write[]} */
  versions(type, id) {
    return this.#versions.get(`${type}/${id}`) ?? [];
  }

  /** @param {string} type @param {string} token "system|value" @returns {Stored[]} */
  withIdentifier(type, token) {
    const ids = this.#byIdentifier.get(identifierKey(type, token)) ?? [];
    return [...ids].flatMap((id) => this.get(type, id) ?? []);
  }

  /** @param {string} patient "Patient/id" @param {string} type @returns {Stored[]} */
  ofPatient(patient, type) {
    const references = this.#byPatient.get(patient) ?? [];
    return [...references]
      .filter((one) => one.startsWith(`${type}/`))
      .flatMap((one) => this.getReference(one) ?? []);
  }

  /**
   * Every version in the order of a snapshot: resources in the order in which they came.
   * @returns {Generator<Write>}
   */
  *history() {
    for (const versions of this.#versions.values()) yield* versions;
  }

  /** How many resources there are now. */
  get size() {
    return [...this.#current.values()].reduce((sum, ofType) => sum + ofType.size, 0);
  }

  /** @param {Write} write */
  apply(write) {
    const { type, id } = 'gone' in write ? write.gone : { type: write.put.resourceType, id: write.put.id };
    const reference = `${type}/${id}`;
    this.#forget(type, id);
    const versions = this.#versions.get(reference);
    if (versions) versions.push(write);
    else this.#versions.set(reference, [write]);
    if ('put' in write) this.#remember(write.put, reference);
  }

  /** @param {Stored} resource @param {string} reference */
  #remember(resource, reference) {
    const { resourceType: type, id } = resource;
    const ofType = this.#current.get(type);
    if (ofType) ofType.set(id, resource);
    else this.#current.set(type, new Map([[id, resource]]));
    for (const key of identifierKeys(resource)) addTo(this.#byIdentifier, key, id);
    const patient = patientOf(resource);
    if (patient) addTo(this.#byPatient, patient, reference);
    if (resource.resourceType === 'Patient') this.index.put(resource);
  }

  /** @param {string} type @param {string} id */
  #forget(type, id) {
    const resource = this.get(type, id);
    if (!resource) return;
    this.#current.get(type)?.delete(id);
    for (const key of identifierKeys(resource)) this.#byIdentifier.get(key)?.delete(id);
    const patient = patientOf(resource);
    if (patient) this.#byPatient.get(patient)?.delete(`${type}/${id}`);
    if (type === 'Patient') this.index.remove(`Patient/${id}`);
  }
}
