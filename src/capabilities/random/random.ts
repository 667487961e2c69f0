/** wasi:random. The insecure interfaces use the system's generator too, and the seed is new for each instance. */
import { randomFillSync } from 'node:crypto';
import type { WasiHost, WasiPart } from '../wasi-host.ts';

export function makeRandom({ limits }: Pick<WasiHost, 'limits'>): WasiPart {
  const bytes = (length: bigint): Uint8Array => {
    // The component could not hold more in its memory.
    if (length > limits.memoryBytes) {
      throw new RangeError(
        `The component asked for ${length} random bytes, over the limit memoryBytes of ${limits.memoryBytes}.`,
      );
    }
    return randomFillSync(new Uint8Array(Number(length)));
  };
  const number = (): bigint => randomFillSync(new BigUint64Array(1))[0] ?? 0n;
  const seed = [number(), number()];
  const imports = {
    'wasi:random/random': { getRandomBytes: bytes, getRandomU64: number },
    'wasi:random/insecure': { getInsecureRandomBytes: bytes, getInsecureRandomU64: number },
    'wasi:random/insecure-seed': { insecureSeed: () => seed },
  };
  return { imports };
}
