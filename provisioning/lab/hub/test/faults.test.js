// Fault rules hit as often as they say, and only what they name.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Faults } from '../src/faults.js';

test('a rule is spent after its count', () => {
  const faults = new Faults();
  faults.add([{ do: 'drop-after', count: 2 }]);
  const hits = [1, 2, 3].map(() => faults.take('POST', 'Bundle')?.do);
  assert.deepEqual(hits, ['drop-after', 'drop-after', undefined]);
  assert.deepEqual(faults.pending, []);
});

test('method, type and skip narrow it', () => {
  const faults = new Faults();
  faults.add([{ do: 'status', status: 429, method: 'POST', type: 'Bundle', skip: 1, count: 1 }]);
  assert.equal(faults.take('GET', 'Patient'), undefined);
  assert.equal(faults.take('POST', 'Bundle'), undefined);
  assert.equal(faults.take('POST', 'Bundle')?.status, 429);
});

test('a rule may go by what the body holds', () => {
  const faults = new Faults();
  assert.equal(faults.areAboutBodies, false);
  faults.add([{ do: 'status', status: 422, contains: '薬', count: 1 }]);
  assert.equal(faults.areAboutBodies, true);
  assert.equal(faults.take('POST', 'Bundle', Buffer.from('病名')), undefined);
  assert.equal(faults.take('POST', 'Bundle'), undefined);
  assert.equal(faults.take('POST', 'Bundle', Buffer.from('お薬'))?.status, 422);
  assert.equal(faults.areAboutBodies, false);
});

test('what is no rule is refused', () => {
  const faults = new Faults();
  for (const wrong of [{}, [{ do: 'explode', count: 1 }], [{ do: 'slow' }], [{ do: 'slow', count: 0 }]]) {
    assert.throws(() => faults.add(wrong));
  }
});
