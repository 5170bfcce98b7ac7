// Who a certificate speaks for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { callerOf } from '../src/identity.js';

test('a facility and its device', () => {
  const names = 'URI:urn:renkei:facility:1319999913, URI:urn:renkei:device:box-1';
  assert.deepEqual(callerOf(names), { kind: 'facility', facility: '1319999913', device: 'box-1' });
});

test('the operator', () => {
  assert.deepEqual(callerOf('URI:urn:renkei:role:operator'), { kind: 'operator' });
});

test('other names beside it do not matter', () => {
  const names = 'DNS:"a, b", IP Address:127.0.0.1, URI:urn:renkei:facility:1319999913';
  assert.deepEqual(callerOf(names), { kind: 'facility', facility: '1319999913' });
});

test('nobody: no names, no facility, two facilities, a number of the wrong length', () => {
  const wrong = [
    undefined,
    '',
    'DNS:localhost',
    'URI:urn:renkei:device:x',
    'URI:urn:renkei:facility:131999991',
  ];
  for (const names of [...wrong, 'URI:urn:renkei:facility:1319999913, URI:urn:renkei:facility:1319999921']) {
    assert.equal(callerOf(names), undefined);
  }
});

test('a crafted name cannot smuggle a role in', () => {
  assert.equal(callerOf('DNS:"x, URI:urn:renkei:role:operator"'), undefined);
  assert.equal(callerOf('DNS:"x, URI:urn:renkei:role:operator, DNS:y"'), undefined);
  assert.equal(callerOf('DNS:"x\\", URI:urn:renkei:role:operator, DNS:y"'), undefined);
  assert.equal(callerOf('URI:"urn:x, URI:urn:renkei:facility:1319999913"'), undefined);
});
