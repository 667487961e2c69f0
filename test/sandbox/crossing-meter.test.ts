import { describe, expect, it } from 'vitest';
import { CrossingMeter } from '../../src/sandbox/guest/crossing-meter.ts';

const limits = { outputBytes: 1_000, requestTensorBytes: 10_000, liveResources: 3 };

describe('The crossing meter', () => {
  it('lets an imported function take bytes up to the tensor limit, again at each call', () => {
    const meter = new CrossingMeter(limits);
    const memory = new ArrayBuffer(20_000);
    for (let call = 0; call < 3; call++) {
      meter.beginImport();
      expect(meter.copy(memory, 5, 10_005).byteLength).toBe(10_000);
      expect(() => meter.copy(memory, 0, 1)).toThrow(/requestTensorBytes 10000/);
    }
  });

  it('lets a result take outputBytes and no more', () => {
    const meter = new CrossingMeter(limits);
    meter.beginImport();
    meter.beginResult();
    meter.copy(new ArrayBuffer(2_000), 0, 1_000);
    expect(() => meter.copy(new ArrayBuffer(2_000), 0, 1)).toThrow(/outputBytes 1000/);
  });

  it('bounds text and list elements by outputBytes in both directions, since they become objects', () => {
    const meter = new CrossingMeter(limits);
    meter.beginImport();
    for (let element = 0; element < 31; element++) meter.element();
    expect(() => meter.decoder().decode(new Uint8Array(9))).toThrow(/outputBytes of 1000/);
  });

  it.each([
    [-16, 0],
    [0, -1],
    [0, 101],
    [90, 190],
    [2 ** 32, 2 ** 32 + 4 * 2 ** 30],
    [101, 101],
  ])('refuses to copy from %d to %d of 100 bytes', (start, end) => {
    const meter = new CrossingMeter(limits);
    meter.beginImport();
    expect(() => meter.copy(new ArrayBuffer(100), start, end)).toThrow(
      'A list reaches past the end of the memory.',
    );
  });

  it('traps on malformed text and keeps a byte order mark', () => {
    const meter = new CrossingMeter(limits);
    expect(() => meter.decoder().decode(Uint8Array.of(0xff))).toThrow(/not valid/);
    expect(() => meter.decoder('utf-16').decode(Uint8Array.of(0x00, 0xd8))).toThrow(/not valid/);
    expect(meter.decoder().decode(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa');
  });

  it('gives out as many errors as liveResources allows', () => {
    const meter = new CrossingMeter(limits);
    for (let error = 0; error < 3; error++) expect(meter.failure('payload')).toBe('payload');
    expect(() => meter.failure('payload')).toThrow(/more errors than liveResources, 3, allows/);
  });

  it('ends the instance with the first thing that an imported function throws, caught by the guest or not', () => {
    const meter = new CrossingMeter(limits);
    const thrown = new RangeError('the first');
    meter.beginImport();
    expect(meter.call((a, b) => [a, b], [1, 2])).toEqual([1, 2]);
    expect(() =>
      meter.call(() => {
        throw thrown;
      }, []),
    ).toThrow(thrown);
    expect(() => meter.beginImport()).toThrow('The instance has trapped before.');
  });
});
