// Which data classes a resource holds: what consent is decided on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataClassesOf, dataClassesWith, dataDateOf } from '../src/data-class.js';
import { DATA_CLASS_SYSTEM } from '../src/words.js';

/** @param {string} code */
const label = (code) => ({ system: DATA_CLASS_SYSTEM, code });
const OTHER = { system: 'urn:x-renkei:CodeSystem:origin', code: 'receipt' };

/** @type {[string, any, string[]][]} */
const TABLE = [
  ['no label: the class of its type', undefined, ['lab']],
  ['labels of other systems only', { tag: [OTHER], security: [OTHER] }, ['lab']],
  ['a tag', { tag: [OTHER, label('diagnosis')] }, ['diagnosis']],
  ['a security label, where a profile closes the tags', { security: [label('checkup')] }, ['checkup']],
  ['several: each of them has to be permitted', { tag: [label('letter'), label('lab')] }, ['letter', 'lab']],
  [
    'tag and security label that differ: both',
    { tag: [label('lab')], security: [label('diagnosis')] },
    ['lab', 'diagnosis'],
  ],
  ['the same twice is once', { tag: [label('lab')], security: [label('lab')] }, ['lab']],
  ['a label without a code: unknown', { security: [{ system: DATA_CLASS_SYSTEM }] }, []],
  ['a label that is no class: unknown', { tag: [label('lab'), label('gossip')] }, []],
];

for (const [name, meta, classes] of TABLE) {
  test(`data class: ${name}`, () => {
    /** @type {any} */
    const resource = { resourceType: 'Observation', meta };
    assert.deepEqual(dataClassesOf(resource), classes);
  });
}

test('data class: a type that is not in the table has none', () => {
  /** @type {any} */
  const resource = { resourceType: 'Basic' };
  assert.deepEqual(dataClassesOf(resource), []);
});

/** @type {[string, any, string[]][]} */
const BORNE = [
  ['no label: those of the other', undefined, ['letter']],
  ['labels: with those of the other', { tag: [label('diagnosis'), label('letter')] }, ['letter', 'diagnosis']],
  ['a label that is no class: unknown', { tag: [label('gossip')] }, []],
];

for (const [name, meta, classes] of BORNE) {
  test(`data class of what goes with another resource: ${name}`, () => {
    /** @type {any} */
    const [bytes, letter] = [{ resourceType: 'Binary', meta }, { resourceType: 'DocumentReference' }];
    assert.deepEqual(dataClassesWith(bytes, letter), classes);
  });
}

/** @type {[string, any, string | undefined][]} */
const DATES = [
  ['a day', { resourceType: 'Condition', onsetDateTime: '2026-04-10T09:00:00+09:00' }, '2026-04-10'],
  [
    'a document: what it is about, not when it was sent',
    {
      resourceType: 'DocumentReference',
      date: '2026-09-01T00:00:00Z',
      context: { period: { start: '2026-05-01', end: '2026-05-01' } },
    },
    '2026-05-01',
  ],
  [
    'a document without a period: when it was written',
    { resourceType: 'DocumentReference', content: [{ attachment: { creation: '2026-05-02' } }] },
    '2026-05-02',
  ],
  ['a document that says neither', { resourceType: 'DocumentReference', date: '2026-09-01' }, undefined],
  ['a submission', { resourceType: 'List', date: '2026-09-01' }, undefined],
];

for (const [name, resource, date] of DATES) {
  test(`data date: ${name}`, () => assert.equal(dataDateOf(resource), date));
}

test('data class: a vaccination is an act, as for the boxes', () => {
  /** @type {any} */
  const resource = { resourceType: 'Immunization' };
  assert.deepEqual(dataClassesOf(resource), ['procedure']);
});
