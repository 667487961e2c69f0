import { beforeAll, describe, expect, it } from 'vitest';
import { MODEL_LIMITS, SERVICE_LIMITS } from '../../src/config/limits.ts';
import { messageOf } from '../../src/errors.ts';
import { compileComponent, type CompileOptions } from '../../src/sandbox/component/compile-component.ts';
import { ComponentCache } from '../../src/sandbox/component/component-cache.ts';
import { buildGuest } from '../support/attack-guest.ts';

const COMPONENT = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];

let good: Uint8Array;

beforeAll(async () => {
  good = await buildGuest('good');
});

describe('Compiling a component', () => {
  it('gives compiled modules, and the names of what it imports and exports', async () => {
    const { imports, exports, modules } = await compile(good);
    expect(imports).toContain('wasi:nn/tensor@0.2.0-rc-2024-10-28');
    expect(exports).toEqual(['sandpiper:inference/image-classification@0.1.0']);
    expect([...modules.values()].every(({ module }) => module instanceof WebAssembly.Module)).toBe(true);
  });

  it.each([
    ['nothing at all', [], 'it is not a WebAssembly file'],
    [
      'a core module',
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      'it is a core module, which `sandpiper run` takes',
    ],
    [
      'an older component',
      [0x00, 0x61, 0x73, 0x6d, 0x0c, 0x00, 0x01, 0x00],
      "version 12 is not the component model's 13",
    ],
    ['garbage after the preamble', [...COMPONENT, 1, 2, 3], 'it cannot be translated'],
  ])('refuses %s', async (_, bytes, why) => {
    await expect(compile(Uint8Array.from(bytes))).rejects.toMatchObject({
      code: 'invalid-component',
      message: expect.stringContaining(why),
    });
  });

  it('names the limit and the amount of a file that is too large', async () => {
    await expect(compile(good, { limits: { ...SERVICE_LIMITS, componentBytes: 100 } })).rejects.toThrow(
      `it has ${good.length} bytes and componentBytes allows 100`,
    );
  });

  it('ends the translator at the time limit', async () => {
    await expect(compile(good, { limits: { ...SERVICE_LIMITS, compileMs: 1 } })).rejects.toThrow(
      'translating and compiling it took over the compileMs of 1',
    );
  });

  it('refuses a translation out of the cache by the same rules as a fresh one', async () => {
    class Poisoned extends ComponentCache {
      override async read(): ReturnType<ComponentCache['read']> {
        return { glue: '', modules: [['component.core.wasm', EVIL_NAME]], imports: [], exports: [] };
      }
    }
    await expect(compile(good, { cache: new Poisoned(undefined) })).rejects.toThrow('unusual characters');
  });

  it('shows no control character and no endless text of a component in its message', async () => {
    const evil = await buildGuest('line-break-in-name');
    const message = await compile(evil).then(() => '', messageOf);
    // oxlint-disable-next-line no-control-regex -- controls are what must not be there
    expect(message).not.toMatch(/[\u0000-\u001f]/);
    expect(message.length).toBeLessThan(700);
  });
});

/** `(module (func (export "'")))` */
const EVIL_NAME = Uint8Array.from(
  [
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    [0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
    [0x03, 0x02, 0x01, 0x00],
    [0x07, 0x05, 0x01, 0x01, 0x27, 0x00, 0x00],
    [0x0a, 0x04, 0x01, 0x02, 0x00, 0x0b],
  ].flat(),
);

async function compile(
  bytes: Uint8Array,
  options: Partial<CompileOptions> = {},
): ReturnType<typeof compileComponent> {
  return compileComponent(bytes, {
    name: 'tested',
    cache: new ComponentCache(undefined),
    limits: SERVICE_LIMITS,
    caps: MODEL_LIMITS,
    ...options,
  });
}
