import { expect, test } from 'vitest';
import { explainImports } from '../../src/sandbox/assert-granted.ts';
import { NN_ERROR_CODES } from '../../src/engine/engine-error.ts';
import { NN_VERSIONS } from '../../src/nn/wit-versions.ts';
import { ProbeTrap, runProbe } from '../support/guest-probe.ts';
import { newError, tensor } from '../support/guest-script.ts';
import { u8 } from '../support/guest-values.ts';

const version = '0.2.0-rc-2024-06-25';
const NO_GRANTS = { logging: false, graphLoad: false };

test('each release of wasi:nn is granted, and those that are unknown or unnamed are refused by name', () => {
  const names = [...NN_VERSIONS.map((each) => `@${each}`), '@0.2.0-rc-2025-01-01', ''];
  const granted = names.map((name) => explainImports([`wasi:nn/graph${name}`], NO_GRANTS)[0]);
  expect(granted.map((each) => each?.granted)).toEqual([true, true, true, false, false]);
  expect(granted.at(-1)?.remedy).toBe(
    'wasi:nn is spoken here as 0.2.0-rc-2024-06-25, 0.2.0-rc-2024-08-19, 0.2.0-rc-2024-10-28; build the component against one of them',
  );
});

test('two releases in one component are refused', () => {
  const [first] = explainImports(
    ['wasi:nn/graph@0.2.0-rc-2024-06-25', 'wasi:nn/tensor@0.2.0-rc-2024-10-28'],
    NO_GRANTS,
  );
  expect(first).toMatchObject({
    granted: false,
    remedy: 'it imports more than one release of wasi:nn; build it against one of them',
  });
});

test('2024-06-25: a guest’s own errors hold what was put into them, each code and any text', async () => {
  const made = NN_ERROR_CODES.map((code) => ({ code, message: `größe 🙂 ${code}` }));
  const outcomes = await runProbe(
    made.map(({ code, message }) => newError(code, message)),
    { version },
  );
  expect(outcomes).toEqual(made.map((val) => ({ tag: 'failed', val })));
});

test('2024-06-25: a guest’s errors count as what the request holds', async () => {
  const steps = [tensor('x', u8([1])), newError('unknown', 'one too many')];
  await expect(runProbe(steps, { version, limits: { liveResources: 1 } })).rejects.toThrow(ProbeTrap);
  await expect(
    runProbe([newError('unknown', 'x'.repeat(51))], { version, limits: { tensorBytes: 100 } }),
  ).rejects.toThrow('An error of 102 bytes is over the limit tensorBytes of 100.');
});
