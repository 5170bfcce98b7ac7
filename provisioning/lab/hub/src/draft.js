// A transaction's view: what it has staged over the state as it was. Nothing of it is seen by others before
// the commit.

/**
 * @typedef {import('./state.js').State} State
 * @typedef {import('./state.js').Stored} Stored
 * @typedef {import('./state.js').Write} Write
 */

export class Draft {
  /** @type {Map<string, Write>} "Type/id" → the last thing staged for it */
  #staged = new Map();

  /** @param {State} state @param {string} at ISO instant of the commit to be */
  constructor(state, at) {
    this.state = state;
    this.at = at;
  }

  get index() {
    return this.state.index;
  }

  /** @returns {Write[]} in the order in which they were staged */
  get writes() {
    return [...this.#staged.values()];
  }

  /** @param {string} type @param {string} id @returns {Stored | undefined} */
  get(type, id) {
    const staged = this.#staged.get(`${type}/${id}`);
    if (!staged) return this.state.get(type, id);
    return 'put' in staged ? staged.put : undefined;
  }

  /** @param {string} reference "Type/id" */
  getReference(reference) {
    const [type, id] = reference.split('/');
    return this.get(type, id);
  }

  /** The next version's number. @param {string} type @param {string} id */
  nextVersion(type, id) {
    return String(this.state.versions(type, id).length + 1);
  }

  /** @param {string} type @returns {Stored[]} */
  #stagedOf(type) {
    return this.writes.flatMap((write) =>
      'put' in write && write.put.resourceType === type ? [write.put] : []
    );
  }

  /** @param {Stored} resource */
  #isUntouched = (resource) => !this.#staged.has(`${resource.resourceType}/${resource.id}`);

  /** @param {string} type @returns {Stored[]} */
  all(type) {
    return [...this.state.all(type)].filter(this.#isUntouched).concat(this.#stagedOf(type));
  }

  /**
   * Candidates: what is staged is filtered by the search itself.
   * @param {string} type
   * @param {string} token
   * @returns {Stored[]}
   */
  withIdentifier(type, token) {
    return this.state.withIdentifier(type, token).filter(this.#isUntouched).concat(this.#stagedOf(type));
  }

  /** Candidates, as above. @param {string} patient @param {string} type @returns {Stored[]} */
  ofPatient(patient, type) {
    return this.state.ofPatient(patient, type).filter(this.#isUntouched).concat(this.#stagedOf(type));
  }

  /** @param {string} type @param {string} id @returns {Write[]} */
  versions(type, id) {
    const staged = this.#staged.get(`${type}/${id}`);
    return staged ? [...this.state.versions(type, id), staged] : this.state.versions(type, id);
  }

  /** @param {Stored} resource complete with meta */
  put(resource) {
    this.#staged.set(`${resource.resourceType}/${resource.id}`, { put: resource });
  }

  /** @param {Stored} resource what is to go */
  remove(resource) {
    const { resourceType: type, id, meta } = resource;
    const reference = `${type}/${id}`;
    if (!this.state.get(type, id)) {
      this.#staged.delete(reference);
      return;
    }
    const gone = {
      type,
      id,
      versionId: this.nextVersion(type, id),
      lastUpdated: this.at,
      source: meta?.source,
    };
    this.#staged.set(reference, { gone });
  }
}
