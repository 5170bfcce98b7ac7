// The next pages of searches. A link holds a random name and nothing of the search: identifiers never stand
// in an address.
import { randomUUID } from 'node:crypto';
import { OperationOutcomeError, gone } from '@medplum/core';
import { CURSORS_MAX } from './limits.js';

/**
 * @typedef {import('@medplum/core').SearchRequest} SearchRequest
 * @typedef {import('./visibility.js').Caller} Caller
 * @typedef {{request: SearchRequest, ids: string[], at: number, owner: string}} Cursor
 */

/** @param {Caller} caller */
const ownerOf = (caller) => (caller.kind === 'operator' ? 'operator' : caller.facility);

export class Cursors {
  /** @type {Map<string, Cursor>} the oldest first */
  #kept = new Map();

  /** @param {string} base URL of the FHIR endpoint */
  constructor(base) {
    this.base = base;
  }

  /**
   * @param {SearchRequest} request
   * @param {string[]} ids
   * @param {number} at
   * @param {Caller} caller
   * @returns {string} the link
   */
  keep(request, ids, at, caller) {
    const name = randomUUID();
    this.#kept.set(name, { request, ids, at, owner: ownerOf(caller) });
    if (this.#kept.size > CURSORS_MAX) this.#kept.delete(this.#kept.keys().next().value ?? '');
    return `${this.base}/${request.resourceType}?_cursor=${name}`;
  }

  /** @param {string} name @param {Caller} caller @returns {Cursor} */
  take(name, caller) {
    const cursor = this.#kept.get(name);
    if (!cursor || cursor.owner !== ownerOf(caller)) throw new OperationOutcomeError(gone);
    return cursor;
  }
}
