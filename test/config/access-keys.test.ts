import { describe, expect, test } from 'vitest';
import { digestOf, readAccessKeys } from '../../src/config/access-keys.ts';

const key = 'a-key-that-is-long-enough';

test('A key is kept as its digest, whichever way it was given', async () => {
  const [first, second] = await readAccessKeys(
    JSON.stringify([
      { name: 'a', key },
      { name: 'b', sha256: digestOf('another').toString('hex'), models: ['m'], requestsPerMinute: 60 },
    ]),
  );
  expect(first).toEqual({
    name: 'a',
    digest: digestOf(key),
    models: undefined,
    operator: false,
    rate: undefined,
  });
  expect(second).toEqual({
    name: 'b',
    digest: digestOf('another'),
    models: new Set(['m']),
    operator: false,
    rate: { requestsPerMinute: 60, burst: 60 },
  });
});

describe('Keys that cannot be used are refused by what is wrong, and none is shown:', () => {
  const good = { name: 'good', key };
  test.each<[string, unknown, string]>([
    ['no keys', [], 'at least one key'],
    ['text', [key], 'entry 1: expected an object'],
    ['too short a key', [good, { name: 'a', key: key.slice(0, 15) }], 'entry 2, key: expected 16 to 256'],
    ['a key with a space', [{ name: 'a', key: `${key} ` }], 'entry 1, key: expected 16 to 256'],
    ['no key', [{ name: 'a' }], 'entry 1: expected either key or sha256'],
    ['both', [{ name: 'a', key, sha256: 'a'.repeat(64) }], 'entry 1: expected either key or sha256'],
    ['half a digest', [{ name: 'a', sha256: 'a'.repeat(32) }], 'entry 1, sha256: expected 64 hexadecimal'],
    ['no name', [{ key }], 'entry 1, name: expected text'],
    ['a name of two words', [{ name: 'a b', key }], 'entry 1, name: expected 1 to 64'],
    ['one model without a list', [{ ...good, models: 'm' }], 'entry 1, models: expected a list'],
    [
      'a rate of none',
      [{ ...good, requestsPerMinute: 0 }],
      'entry 1, requestsPerMinute: expected a whole number',
    ],
    ['a burst alone', [{ ...good, burst: 3 }], 'entry 1: burst needs requestsPerMinute'],
    ['a key as a field', [{ ...good, [key]: 1 }], 'entry 1: there is a field too many'],
    ['one name twice', [good, { ...good, key: `${key}2` }], 'entry 2: another entry has the same name'],
    ['one key twice', [good, { ...good, name: 'b' }], 'entry 2: another entry has the same key'],
  ])('%s', async (_, keys, message) => {
    const error = await readAccessKeys(JSON.stringify(keys)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'invalid-config', message: expect.stringContaining(message) });
    expect(String(error)).not.toContain(key.slice(0, 15));
  });
});
