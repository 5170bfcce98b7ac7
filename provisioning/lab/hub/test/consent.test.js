// The consent decision, row by row.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide, standing } from '../src/consent.js';
import { DATA_CLASS_SYSTEM, FACILITY_NUMBER_SYSTEM, RESOURCE_TYPE_SYSTEM } from '../src/words.js';

const A = '1319999913';
const B = '1319999921';
const C = '1319999939';
const NOW = Date.parse('2026-10-01T10:00:00+09:00');
const SINCE = '2025-04-01T00:00:00+09:00';
const PARTICIPANTS = [A, B, C].map((facility) => ({ facility, from: SINCE, to: null }));
const PRIVACY = {
  coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }],
};

/** @param {any} [provision] @param {any} [changes] @returns {any} */
function consent(provision = {}, changes = {}) {
  const root = { type: 'permit', ...provision };
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: PRIVACY,
    dateTime: '2026-05-01T09:00:00+09:00',
    meta: { source: `urn:renkei:facility:${A}`, lastUpdated: '2026-05-01T00:10:00.000Z' },
    provision: root,
    ...changes,
  };
}

/**
 * A record of a facility that is no longer in force.
 * @param {string} day
 * @param {string} facility
 * @param {any} [changes]
 */
function ended(day, facility, changes = {}) {
  const period = day ? { end: `${day}T09:00:00+09:00` } : {};
  const meta = { source: `urn:renkei:facility:${facility}`, lastUpdated: '2026-07-01T00:00:00.000Z' };
  return consent(
    { period },
    { status: 'inactive', dateTime: `${day || '2026-01-01'}T09:00:00+09:00`, meta, ...changes }
  );
}

/** @param {any} [changes] */
const question = (changes = {}) => ({
  provider: A,
  viewer: B,
  type: 'Condition',
  classes: ['diagnosis'],
  date: '2026-04-10',
  ...changes,
});

/** @param {string} role @param {string} facility */
function actor(role, facility) {
  return {
    role: { coding: [{ code: role }] },
    reference: { type: 'Organization', identifier: { system: FACILITY_NUMBER_SYSTEM, value: facility } },
  };
}

/** @param {any[]} denials */
const except = (...denials) => consent({ provision: denials.map((one) => ({ type: 'deny', ...one })) });

/** @param {any[]} consents @param {any} [asked] @param {any} [participants] */
const reason = (consents, asked = {}, participants = PARTICIPANTS) =>
  decide(consents, question(asked), participants, NOW).reason;

const VIEWER = 'IRCP';
const PROVIDER = 'CST';

/** @type {[string, any[], any, string][]} */
const TABLE = [
  ['nothing signed', [], {}, 'no-consent'],
  ['blanket: no actor', [consent()], {}, 'consent'],
  ['withdrawn', [consent({}, { status: 'inactive' })], {}, 'no-consent'],
  ['draft', [consent({}, { status: 'draft' })], {}, 'no-consent'],
  ['another scope', [consent({}, { scope: { coding: [{ code: 'research' }] } })], {}, 'no-consent'],
  ['root denies', [consent({ type: 'deny' })], {}, 'no-consent'],
  ['not yet', [consent({ period: { start: '2026-10-01T10:00:01+09:00' } })], {}, 'not-yet'],
  ['from this second', [consent({ period: { start: '2026-10-01T10:00:00+09:00' } })], {}, 'consent'],
  ['until this second', [consent({ period: { end: '2026-10-01T10:00:00+09:00' } })], {}, 'expired'],
  ['list: viewer in it', [consent({ actor: [actor(VIEWER, B)] })], {}, 'consent'],
  ['list: viewer not in it', [consent({ actor: [actor(VIEWER, C)] })], {}, 'out-of-scope'],
  [
    'list of persons only: the hub knows facilities',
    [consent({ actor: [{ role: { coding: [{ code: VIEWER }] }, reference: { type: 'Practitioner' } }] })],
    {},
    'out-of-scope',
  ],
  ['actors in unknown roles permit nobody', [consent({ actor: [actor('PRCP', B)] })], {}, 'out-of-scope'],
  [
    'edge signed',
    [consent({ provision: [{ type: 'permit', actor: [actor(PROVIDER, A), actor(VIEWER, B)] }] })],
    {},
    'consent',
  ],
  [
    'edge the other way',
    [consent({ provision: [{ type: 'permit', actor: [actor(PROVIDER, B), actor(VIEWER, A)] }] })],
    {},
    'out-of-scope',
  ],
  ['viewer excluded', [except({ actor: [actor(VIEWER, B)] })], {}, 'excluded'],
  ['another viewer excluded', [except({ actor: [actor(VIEWER, C)] })], {}, 'consent'],
  ['provider excluded', [except({ actor: [actor(PROVIDER, A)] })], {}, 'excluded'],
  ['provider excluded as viewer only', [except({ actor: [actor(VIEWER, A)] })], {}, 'consent'],
  ['excluded in an unknown role: both ways', [except({ actor: [actor('PRCP', A)] })], {}, 'excluded'],
  ['class hidden', [except({ class: [{ system: DATA_CLASS_SYSTEM, code: 'diagnosis' }] })], {}, 'hidden'],
  ['another class hidden', [except({ class: [{ system: DATA_CLASS_SYSTEM, code: 'lab' }] })], {}, 'consent'],
  [
    'one of several classes hidden',
    [except({ class: [{ system: DATA_CLASS_SYSTEM, code: 'lab' }] })],
    { classes: ['letter', 'lab'] },
    'hidden',
  ],
  [
    'resource type hidden',
    [except({ class: [{ system: RESOURCE_TYPE_SYSTEM, code: 'Condition' }] })],
    {},
    'hidden',
  ],
  ['data from: the same day', [consent({ dataPeriod: { start: '2026-04-10' } })], {}, 'consent'],
  ['data from: the day after', [consent({ dataPeriod: { start: '2026-04-11' } })], {}, 'data-period'],
  [
    'data from: month only, begins before',
    [consent({ dataPeriod: { start: '2026-04-10' } })],
    { date: '2026-04' },
    'data-period',
  ],
  [
    'data from: no date',
    [consent({ dataPeriod: { start: '2000-01-01' } })],
    { date: undefined },
    'data-period',
  ],
  [
    'data from: the patient has no date',
    [consent({ dataPeriod: { start: '2026-04-11' } })],
    { type: 'Patient', classes: ['basic'], date: undefined },
    'consent',
  ],
  ['denied period', [except({ dataPeriod: { end: '2026-04-10' } })], {}, 'data-period'],
  ['after the denied period', [except({ dataPeriod: { end: '2026-04-09' } })], {}, 'consent'],
  [
    'denied period, no date',
    [except({ dataPeriod: { end: '2000-01-01' } })],
    { date: undefined },
    'data-period',
  ],
  ['unknown class of data', [consent()], { classes: [] }, 'no-class'],
  ['two records: the stricter governs', [consent(), except({ actor: [actor(VIEWER, B)] })], {}, 'excluded'],
  [
    'an expired record beside a valid one says nothing',
    [consent({ period: { end: '2026-06-01T00:00:00+09:00' } }), consent()],
    {},
    'consent',
  ],
  ['a later withdrawal elsewhere ends it', [consent(), ended('2026-06-01', B)], {}, 'no-consent'],
  [
    'a withdrawal elsewhere before it was signed does not',
    [consent(), ended('2026-04-01', B)],
    {},
    'consent',
  ],
  [
    'a withdrawal of what was signed earlier elsewhere',
    [consent(), ended('2026-06-01', B, { dateTime: '2026-01-01T00:00:00Z' })],
    {},
    'no-consent',
  ],
  [
    'a withdrawal without a date of its end: when the hub heard of it',
    [consent(), ended('', B, { dateTime: '2026-01-01T00:00:00Z' })],
    {},
    'no-consent',
  ],
  [
    'an expiry in the future is no end in the future',
    [consent({}, { dateTime: '2026-08-01T00:00:00Z' }), ended('2036-01-01', B)],
    {},
    'consent',
  ],
  [
    'a refusal elsewhere ends it',
    [consent(), ended('2026-06-01', B, { status: 'rejected' })],
    {},
    'no-consent',
  ],
  [
    'entered in error counts for nothing',
    [consent(), ended('2026-06-01', B, { status: 'entered-in-error' })],
    {},
    'consent',
  ],
  [
    'superseded at its own facility',
    [ended('2026-06-01', A, { dateTime: '2026-01-01T00:00:00Z' }), consent()],
    {},
    'consent',
  ],
];

for (const [name, consents, asked, expected] of TABLE) {
  test(name, () => assert.equal(reason(consents, asked), expected));
}

test('only the reason "consent" permits', () => {
  for (const [, consents, asked, expected] of TABLE) {
    assert.equal(decide(consents, question(asked), PARTICIPANTS, NOW).permit, expected === 'consent');
  }
});

test('both must be participants now, the end of a membership not included', () => {
  const left = (/** @type {string} */ facility) =>
    PARTICIPANTS.map((row) =>
      row.facility === facility ? { ...row, to: '2026-10-01T10:00:00+09:00' } : row
    );
  assert.equal(reason([consent()], {}, left(B)), 'not-participant');
  assert.equal(reason([consent()], {}, left(A)), 'source-left');
  const back = [...left(B), { facility: B, from: '2026-10-01T10:00:00+09:00', to: null }];
  assert.equal(reason([consent()], {}, back), 'consent');
});

test('no order of the records changes the answer', () => {
  const records = [consent(), except({ actor: [actor(VIEWER, B)] }), ended('2026-01-01', B)];
  for (const [a, b, c] of [
    [0, 1, 2],
    [2, 1, 0],
    [1, 0, 2],
    [2, 0, 1],
  ]) {
    assert.equal(decide([records[a], records[b], records[c]], question(), PARTICIPANTS, NOW).permit, false);
  }
});

test('a record superseded by its own facility leaves the new one standing', () => {
  const old = ended('2026-05-02', A, { dateTime: '2026-01-01T00:00:00Z' });
  assert.deepEqual(standing([old, consent()]), [consent()]);
});
