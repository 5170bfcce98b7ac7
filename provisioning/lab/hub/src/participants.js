// The signed list of the network, as far as practice needs it: a JSON file of {facility, from, to, kind,
// name}, read again whenever it changes, so that joining and leaving can be practised while the hub runs.
import { readFileSync, statSync } from 'node:fs';
import { isParticipant } from './consent.js';

/** @typedef {import('./consent.js').Membership} Membership */

/** @param {string} path @returns {Membership[]} */
function read(path) {
  const rows = JSON.parse(readFileSync(path, 'utf8'));
  const isRow = (/** @type {any} */ row) =>
    /^\d{10}$/.test(row?.facility) && !Number.isNaN(Date.parse(row.from));
  if (!Array.isArray(rows) || !rows.every(isRow)) {
    throw new Error(
      'participants: a list of {"facility": ten digits, "from": time, "to": time or null} is wanted'
    );
  }
  return rows;
}

export class Participants {
  #stamp = '';
  /** @type {Membership[]} */
  #rows = [];

  /** @param {string} path */
  constructor(path) {
    this.path = path;
    this.rows();
  }

  /**
   * The list as it is on the disk now. A list that cannot be read keeps the last good one in force.
   * @returns {Membership[]}
   */
  rows() {
    const { mtimeMs, size, ino } = statSync(this.path, { throwIfNoEntry: false }) ?? {
      mtimeMs: 0,
      size: 0,
      ino: 0,
    };
    const stamp = `${mtimeMs} ${size} ${ino}`;
    if (stamp !== this.#stamp) {
      this.#rows = this.#readOrKeep();
      this.#stamp = stamp;
    }
    return this.#rows;
  }

  #readOrKeep() {
    if (!this.#stamp) return read(this.path);
    try {
      return read(this.path);
    } catch {
      return this.#rows;
    }
  }

  /** @param {string} facility @param {number} now epoch milliseconds */
  holds(facility, now) {
    return isParticipant(this.rows(), facility, now);
  }
}
