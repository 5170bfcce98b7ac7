// The journal keeps what was answered, drops what was torn, and stops at a hole.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { Journal } from '../src/journal.js';
import { State } from '../src/state.js';

let folder = '';
const AT = '2026-10-01T01:00:00.000Z';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'journal-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** @param {string} id @param {string} [versionId] @returns {any} */
const put = (id, versionId = '1') => ({
  put: { resourceType: 'Basic', id, meta: { versionId, lastUpdated: AT }, code: { text: '糖尿病' } },
});

async function opened() {
  const state = new State();
  const journal = new Journal(folder);
  await journal.open((write) => state.apply(write));
  return { state, journal };
}

/** @param {number} count */
async function filled(count) {
  const { state, journal } = await opened();
  for (let n = 0; n < count; n += 1) {
    await journal.append(AT, [put(`r${n}`)]);
    state.apply(put(`r${n}`));
  }
  return { state, journal };
}

/** @param {State} state */
const ids = (state) => [...state.all('Basic')].map(({ id }) => id);

test('what was appended is there after a start', async () => {
  await (await filled(3)).journal.close();
  const { state, journal } = await opened();
  assert.deepEqual(ids(state), ['r0', 'r1', 'r2']);
  await journal.close();
});

test('a torn last line is dropped, wherever it was cut, and writing goes on', async () => {
  await (await filled(3)).journal.close();
  const path = join(folder, 'journal.jsonl');
  const whole = readFileSync(path);
  const second = whole.indexOf(10, whole.indexOf(10) + 1) + 1;
  for (let length = second; length < whole.length; length += 7) {
    writeFileSync(path, whole.subarray(0, length));
    const { state, journal } = await opened();
    assert.deepEqual(ids(state), ['r0', 'r1']);
    await journal.append(AT, [put('after')]);
    await journal.close();
    const again = await opened();
    assert.deepEqual(ids(again.state), ['r0', 'r1', 'after']);
    await again.journal.close();
  }
});

test('a whole but wrong last line is dropped too', async () => {
  await (await filled(2)).journal.close();
  appendFileSync(join(folder, 'journal.jsonl'), '00000000 {"seq":3}\n');
  const { state, journal } = await opened();
  assert.deepEqual(ids(state), ['r0', 'r1']);
  await journal.close();
});

test('a hole before the end stops the start', async () => {
  await (await filled(3)).journal.close();
  const path = join(folder, 'journal.jsonl');
  const bytes = readFileSync(path);
  bytes[20] ^= 1;
  writeFileSync(path, bytes);
  await assert.rejects(opened(), /damaged in line 1/);
});

test('after compaction the snapshot holds all versions and the journal is empty', async () => {
  const { state, journal } = await filled(3);
  state.apply({ gone: { type: 'Basic', id: 'r1', versionId: '2', lastUpdated: AT } });
  await journal.append(AT, [{ gone: { type: 'Basic', id: 'r1', versionId: '2', lastUpdated: AT } }]);
  await journal.compact(state.history(), AT);
  assert.equal(statSync(join(folder, 'journal.jsonl')).size, 0);
  await journal.append(AT, [put('r3')]);
  await journal.close();
  const again = await opened();
  assert.deepEqual(ids(again.state).sort(), ['r0', 'r2', 'r3']);
  assert.equal(again.state.versions('Basic', 'r1').length, 2);
  await again.journal.close();
});

test('killed between snapshot and new journal, nothing is applied twice', async () => {
  const { state, journal } = await filled(3);
  const old = readFileSync(join(folder, 'journal.jsonl'));
  await journal.compact(state.history(), AT);
  await journal.close();
  writeFileSync(join(folder, 'journal.jsonl'), old);
  const again = await opened();
  assert.equal(again.state.versions('Basic', 'r0').length, 1);
  await again.journal.append(AT, [put('r9')]);
  await again.journal.close();
  assert.deepEqual(ids((await opened()).state), ['r0', 'r1', 'r2', 'r9']);
});

test('a cut snapshot stops the start', async () => {
  const { state, journal } = await filled(3);
  await journal.compact(state.history(), AT);
  await journal.close();
  truncateSync(join(folder, 'snapshot.jsonl'), 60);
  await assert.rejects(opened(), /snapshot.jsonl is damaged/);
});
