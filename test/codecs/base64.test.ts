import { describe, expect, test } from 'vitest';
import { decodeBase64, encodeBase64 } from '../../src/codecs/base64.ts';

const READABLE: readonly [text: string, bytes: string][] = [
  ['', ''],
  ['QQ==', 'A'],
  ['QQ', 'A'],
  ['QR==', 'A'],
  ['QUI=', 'AB'],
  ['QUI', 'AB'],
  ['QUJD', 'ABC'],
  ['Pj4+Pz8/', '>>>???'],
  [' Q U\n\tJ\rD\f', 'ABC'],
  ['QQ= =', 'A'],
];
const UNREADABLE = ['Q', 'QUJDR', 'QQ=', 'QUI==', 'QUJD=', '=', '====', 'Q=Q=', 'QQ==Q', 'QQ-_', 'Qé==', '!'];

describe('base64', () => {
  test.each(READABLE)('%j is %j', (text, bytes) => {
    expect(decodeBase64(text)).toEqual(new TextEncoder().encode(bytes));
  });

  test.each(UNREADABLE)('%j is none', (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  });

  test('of the alphabet for URLs has no characters of the other', () => {
    expect(decodeBase64('Pj4-Pz8_', 'base64url')).toEqual(new TextEncoder().encode('>>>???'));
    expect(decodeBase64('Pj4+Pz8/', 'base64url')).toBeUndefined();
  });

  test('is read into a buffer of its own, and written of the bytes alone that a view shows', () => {
    expect(decodeBase64('QUJD')?.buffer.byteLength).toBe(3);
    expect(encodeBase64(Uint8Array.of(0, 65, 66, 67).subarray(1))).toBe('QUJD');
  });
});
