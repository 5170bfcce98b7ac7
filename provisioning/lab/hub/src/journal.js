// Durability: every commit is one line of an append-only file, on the disk before anybody hears of it.
//
// A line is "CRC32 JSON". On start the snapshot and then the journal are read again; a torn last line was
// never answered and is cut off. Any other damage stops the start: a hub must not come up with a hole in it.
import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs';
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { JOURNAL_MAX_BYTES } from './limits.js';

/**
 * @typedef {import('./state.js').Write} Write
 * @typedef {{seq: number, at: string, writes: Write[]}} Commit
 */

/** @param {unknown} value */
function line(value) {
  const json = JSON.stringify(value);
  return `${crc32(json).toString(16).padStart(8, '0')} ${json}\n`;
}

/** The value of a line, or undefined if the line is damaged. @param {string} text */
function parse(text) {
  const json = text.slice(9);
  const isWhole = text[8] === ' ' && text.slice(0, 8) === crc32(json).toString(16).padStart(8, '0');
  return isWhole ? JSON.parse(json) : undefined;
}

/** @param {string} path */
async function textOf(path) {
  try {
    return await readFile(path, 'utf8');
  } catch (thrown) {
    if (/** @type {NodeJS.ErrnoException} */ (thrown).code === 'ENOENT') return '';
    throw thrown;
  }
}

/** Makes renames in a folder last. @param {string} folder */
function syncFolder(folder) {
  const descriptor = openSync(folder, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** Writes a file whole or not at all. @param {string} path @param {Iterable<unknown>} values one line each */
async function replace(path, values) {
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    for (const value of values) await file.write(line(value));
    await file.sync();
  } finally {
    await file.close();
  }
  renameSync(`${path}.new`, path);
  syncFolder(dirname(path));
}

export class Journal {
  /** @type {import('node:fs/promises').FileHandle | undefined} */
  #file;
  #length = 0;
  #seq = 0;
  #failed = false;

  /** @param {string} folder @param {number} [maxBytes] */
  constructor(folder, maxBytes = JOURNAL_MAX_BYTES) {
    this.folder = folder;
    this.maxBytes = maxBytes;
    this.path = join(folder, 'journal.jsonl');
    this.snapshot = join(folder, 'snapshot.jsonl');
  }

  /**
   * Reads all that was committed, oldest first, and opens the journal for more.
   * @param {(write: Write, at: string) => void} apply
   */
  async open(apply) {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    this.#seq = await this.#readSnapshot(apply);
    this.#length = await this.#readJournal(apply);
    this.#file = await open(this.path, 'a', 0o600);
    await this.#file.truncate(this.#length);
    await this.#file.sync();
    syncFolder(this.folder);
  }

  /**
   * @param {(write: Write, at: string) => void} apply
   * @returns {Promise<number>} the sequence number it stands for
   */
  async #readSnapshot(apply) {
    const text = await textOf(this.snapshot);
    if (!text) return 0;
    const [header, ...versions] = text.split('\n').slice(0, -1).map(parse);
    if (!header || header.count !== versions.length || versions.includes(undefined)) {
      throw new Error(
        'snapshot.jsonl is damaged: restore the data folder from a copy, or start with an empty one'
      );
    }
    for (const write of versions) apply(write, header.at);
    return header.seq;
  }

  /**
   * @param {(write: Write, at: string) => void} apply
   * @returns {Promise<number>} bytes up to the last whole line
   */
  async #readJournal(apply) {
    const text = await textOf(this.path);
    const lines = text.split('\n');
    const torn = lines.pop() ?? '';
    let bytes = 0;
    for (const [n, one] of lines.entries()) {
      /** @type {Commit | undefined} */
      const commit = parse(one);
      if (!commit) {
        if (n === lines.length - 1 && torn === '') return bytes;
        throw new Error(`journal.jsonl is damaged in line ${n + 1}: restore the data folder from a copy`);
      }
      if (commit.seq > this.#seq) {
        for (const write of commit.writes) apply(write, commit.at);
        this.#seq = commit.seq;
      }
      bytes += Buffer.byteLength(one) + 1;
    }
    return bytes;
  }

  /**
   * Puts a commit on the disk; when this returns, it survives kill -9 and a power cut.
   * @param {string} at
   * @param {Write[]} writes
   */
  async append(at, writes) {
    if (!this.#file || this.#failed) throw new Error('the journal is not open for writing');
    const bytes = Buffer.from(line({ seq: this.#seq + 1, at, writes }));
    try {
      await this.#file.appendFile(bytes);
      await this.#file.datasync();
    } catch (thrown) {
      // What part of it is on the disk is unknown now; nothing may follow it until a start has looked.
      this.#failed = true;
      throw thrown;
    }
    this.#length += bytes.length;
    this.#seq += 1;
  }

  get isLong() {
    return this.#length > this.maxBytes;
  }

  /**
   * Writes all versions to a snapshot and begins an empty journal. Killed in between, the journal's old
   * commits are skipped by their number.
   * @param {Iterable<Write>} versions
   * @param {string} at
   */
  async compact(versions, at) {
    const all = [...versions];
    await replace(this.snapshot, [{ seq: this.#seq, at, count: all.length }, ...all]);
    await this.#file?.close();
    await replace(this.path, []);
    this.#file = await open(this.path, 'a', 0o600);
    this.#length = 0;
  }

  async close() {
    await this.#file?.close();
    this.#file = undefined;
  }
}
