// The hub itself: state, journal, participants, and the one lock that lets a single writing request in at a
// time.
import { Cursors } from './cursors.js';
import { failure } from './outcomes.js';
import { Repository } from './repository.js';
import { State } from './state.js';
import { Visibility } from './visibility.js';

/** @typedef {import('./visibility.js').Caller} Caller */

export class Hub {
  state = new State();
  cursors = new Cursors('');
  #lastMoment = 0;
  /** @type {Promise<unknown>} */
  #queue = Promise.resolve();

  /**
   * @param {import('./journal.js').Journal} journal
   * @param {import('./participants.js').Participants} participants
   * @param {() => number} now epoch milliseconds
   */
  constructor(journal, participants, now = Date.now) {
    this.journal = journal;
    this.participants = participants;
    this.now = now;
  }

  async open() {
    await this.journal.open((write, at) => {
      this.state.apply(write);
      this.#lastMoment = Math.max(this.#lastMoment, Date.parse(at));
    });
  }

  async close() {
    await this.#queue;
    await this.journal.close();
  }

  /** @param {string} base URL of the FHIR endpoint */
  set address(base) {
    this.cursors = new Cursors(base);
  }

  /** @param {{resourceType: string, id?: string}} resource */
  addressOf({ resourceType, id }) {
    return `${this.cursors.base}/${resourceType}/${id}`;
  }

  /** @param {Caller} caller @param {boolean} isWriting */
  repositoryFor(caller, isWriting) {
    const visibility = new Visibility(this.state, caller, this.participants.rows(), this.now());
    return new Repository(this, visibility, { isWriting });
  }

  /**
   * The instant of the next commit: later than every one before, so that `_lastUpdated=gt…` misses nothing.
   */
  nextMoment() {
    this.#lastMoment = Math.max(this.now(), this.#lastMoment + 1);
    return new Date(this.#lastMoment).toISOString();
  }

  /**
   * Runs a writing request alone.
   * @template T
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  alone(work) {
    const run = this.#queue.then(work);
    this.#queue = run.catch(() => undefined);
    return run;
  }

  /** The draft becomes the state: on disk first. @param {import('./draft.js').Draft} draft */
  async commit(draft) {
    const { writes } = draft;
    if (!writes.length) return;
    try {
      await this.journal.append(draft.at, writes);
    } catch {
      throw failure('the journal could not be written; nothing of this request took effect');
    }
    for (const write of writes) this.state.apply(write);
    if (this.journal.isLong) await this.journal.compact(this.state.history(), draft.at);
  }
}
