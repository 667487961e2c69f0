import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { MODEL_LIMITS, SERVICE_LIMITS } from '../../src/config/limits.ts';
import { messageOf, SandpiperError } from '../../src/errors.ts';
import { compileComponent } from '../../src/sandbox/component/compile-component.ts';
import { ComponentCache } from '../../src/sandbox/component/component-cache.ts';
import { EVAL, lacksEval } from '../support/eval.ts';

const malformed = new URL('hostile/wasm_malformed/', EVAL);
const options = {
  name: 'tested',
  cache: new ComponentCache(undefined),
  limits: SERVICE_LIMITS,
  caps: MODEL_LIMITS,
};

it.skipIf(lacksEval('hostile/wasm_malformed/'))(
  'compiling a component refuses every malformed file cleanly and in bounded time',
  async () => {
    const files = await readdir(malformed);
    const line = files.toSorted();
    const workers = [0, 1].map(async () => {
      for (let file = line.pop(); file !== undefined; file = line.pop()) {
        const outcome = await compileComponent(await readFile(new URL(file, malformed)), options).then(
          () => 'compiled',
          (error: unknown) => (error instanceof SandpiperError ? error.code : messageOf(error)),
        );
        expect(`${file}: ${outcome}`).toBe(`${file}: invalid-component`);
      }
    });
    await Promise.all(workers);
    expect(files.length).toBeGreaterThan(200);
  },
  120_000,
);
