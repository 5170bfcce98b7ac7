// Who is the same person, and who is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MasterIndex, kanaOf } from '../src/links.js';
import { MEMBER_ID_SYSTEM, NAME_REPRESENTATION } from '../src/words.js';

/** @param {string} id @param {any} changes @returns {any} */
function patient(id, { kana = 'ヤマダ ハナコ', member = '', ...changes }) {
  const name = [
    { text: '山田 花子' },
    { text: kana, extension: [{ url: NAME_REPRESENTATION, valueCode: 'SYL' }] },
  ];
  const identifier = member ? [{ system: MEMBER_ID_SYSTEM, value: member }] : [];
  return {
    resourceType: 'Patient',
    id,
    name,
    identifier,
    birthDate: '1950-01-01',
    gender: 'female',
    ...changes,
  };
}

/** @param {...any} patients */
function indexOf(...patients) {
  const index = new MasterIndex();
  for (const one of patients) index.put(one);
  return index;
}

test('kana, birth date and sex link, however the kana is written', () => {
  const index = indexOf(
    patient('a', {}),
    patient('b', { kana: 'ﾔﾏﾀﾞ　ﾊﾅｺ' }),
    patient('c', { kana: 'やまだはなこ' })
  );
  assert.deepEqual(index.linked('Patient/c'), ['Patient/a', 'Patient/b', 'Patient/c']);
});

test('another sex or another day does not', () => {
  const index = indexOf(
    patient('a', {}),
    patient('b', { gender: 'male' }),
    patient('c', { birthDate: '1950-01-02' })
  );
  assert.deepEqual(index.linked('Patient/a'), ['Patient/a']);
});

test('an unknown sex links by kana with nobody', () => {
  const index = indexOf(patient('a', { gender: 'unknown' }), patient('b', { gender: 'unknown' }));
  assert.deepEqual(index.linked('Patient/a'), ['Patient/a']);
});

test('the member id links a person whose name is written otherwise', () => {
  const index = indexOf(
    patient('a', { member: '06139999:12:345:01' }),
    patient('b', { kana: 'ヤマタ ハナコ', member: '06139999:１２:345:01' })
  );
  assert.deepEqual(index.linked('Patient/b'), ['Patient/a', 'Patient/b']);
});

test('a family under one member id without branch is not one person', () => {
  const member = '06139999:12:345:';
  const index = indexOf(
    patient('a', { member }),
    patient('b', { member, kana: 'ヤマダ タロウ', birthDate: '1980-05-05', gender: 'male' })
  );
  assert.deepEqual(index.linked('Patient/a'), ['Patient/a']);
});

test('a member id without a number links nobody', () => {
  const index = indexOf(
    patient('a', { member: '06139999:::' }),
    patient('b', { member: '06139999:::', kana: 'ベツ ジン' })
  );
  assert.deepEqual(index.linked('Patient/a'), ['Patient/a']);
});

test('links go over a third one', () => {
  const index = indexOf(
    patient('a', { member: '06139999:1:1:01' }),
    patient('b', { member: '39130000::2:', kana: 'キュウセイ ハナコ' }),
    patient('c', {
      identifier: [
        { system: MEMBER_ID_SYSTEM, value: '06139999:1:1:01' },
        { system: MEMBER_ID_SYSTEM, value: '39130000::2:' },
      ],
    })
  );
  assert.deepEqual(index.linked('Patient/b'), ['Patient/a', 'Patient/b', 'Patient/c']);
});

test('a corrected patient leaves its old links', () => {
  const index = indexOf(patient('a', {}), patient('b', {}));
  index.put(patient('b', { birthDate: '1951-01-01' }));
  assert.deepEqual(index.linked('Patient/a'), ['Patient/a']);
});

test('the enterprise id stays while others of the same person come', () => {
  const index = indexOf(patient('a', {}));
  const before = index.enterpriseId('Patient/a');
  index.put(patient('b', {}));
  assert.deepEqual(index.enterpriseId('Patient/b'), before);
});

test('a kana name is found without its mark', () => {
  assert.equal(
    kanaOf(patient('a', { name: [{ text: '山田 花子' }, { family: 'ヤマダ', given: ['ハナコ'] }] })),
    'ヤマダハナコ'
  );
  assert.equal(kanaOf(patient('a', { name: [{ text: '山田 花子' }] })), undefined);
});
