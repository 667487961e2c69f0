import { afterAll, expect, test } from 'vitest';
import { ProbeBench } from '../support/guest-probe.ts';
import { compute, open, read, tensor, valueOf, type Script } from '../support/guest-script.ts';
import { TappedEnginePool } from '../support/guest-tap.ts';
import { asRead, f32, i64 } from '../support/guest-values.ts';
import { addModel, identityModel, spinningModel } from '../support/onnx-models.ts';

/** Many requests on the same graphs: who gets which answer, and how often a model is loaded. */

let tap: TappedEnginePool | undefined;
const bench = new ProbeBench({ engines: 2, guests: 2 }, (options) => (tap = new TappedEnginePool(options)));
const engines = tap as unknown as TappedEnginePool;
afterAll(async () => bench[Symbol.asyncDispose]());

/** Adds 1 to `start` as often as it is told, each sum the next input. */
function countFrom(start: number, times: number): Script {
  const rounds = Array.from({ length: times }, (_, i) => [
    tensor(`w${i}`, f32([1])),
    compute(`${i + 1} `, 'add', [
      ['x', `${i} y`],
      ['w', `w${i}`],
    ]),
  ]);
  return [open('add'), tensor('0 y', f32([start])), rounds, read(`${times} y`)];
}

test('requests on one graph at once get their own answers', async () => {
  const probe = await bench.install({ graphs: { add: addModel('FLOAT', ['n']) } });
  const starts = Array.from({ length: 24 }, (_, i) => i * 1_000);
  const answers = await Promise.all(starts.map(async (start) => probe.run(countFrom(start, 50))));
  const sums = answers.map((outcomes) => valueOf(outcomes.slice(-3)));
  expect(sums).toEqual(starts.map((start) => asRead(f32([start + 50]))));
  probe.remove();
});

test('while one engine thread is busy, requests go to the other', async () => {
  const probe = await bench.install({
    graphs: { spin: spinningModel(), same: identityModel('FLOAT', ['n']) },
  });
  engines.forget();
  const asked = engines.asked('compute');
  const long = probe.run([
    open('spin'),
    tensor('n', i64([1_000_000])),
    compute('', 'spin', [['iterations', 'n']]),
  ]);
  await asked;
  await probe.run([open('same'), tensor('x', f32([1])), compute('', 'same', [['x', 'x']])]);
  const computes = engines.questions.filter(({ question }) => question.kind === 'compute');
  expect(new Set(computes.map(({ engine }) => engine))).toEqual(new Set([0, 1]));
  await long;
  probe.remove();
});

test('a request that is cancelled in the middle of a compute ends at once, and the next one is served', async () => {
  const probe = await bench.install({
    graphs: { spin: spinningModel(), same: identityModel('FLOAT', ['n']) },
  });
  const controller = new AbortController();
  const script = [open('spin'), tensor('n', i64([500_000])), compute('', 'spin', [['iterations', 'n']])];
  const asked = engines.asked('compute');
  const cancelled = probe.run(script, { signal: controller.signal });
  await asked;
  const started = performance.now();
  controller.abort(new Error('the client is gone'));
  await expect(cancelled).rejects.toThrow('the client is gone');
  expect(performance.now() - started).toBeLessThan(100);
  const next = [open('same'), tensor('x', f32([1])), compute('', 'same', [['x', 'x']]), read('y')];
  const answers = await Promise.all([probe.run(next), probe.run(next), probe.run(next)]);
  expect(answers.map((outcomes) => valueOf(outcomes.slice(-3)))).toEqual(
    [1, 1, 1].map(() => asRead(f32([1]))),
  );
  probe.remove();
});

test('a model is loaded once, however many requests use it', async () => {
  engines.forget();
  const probe = await bench.install({ graphs: { same: identityModel('FLOAT', ['n']) } });
  const one = [open('same'), tensor('x', f32([1])), compute('', 'same', [['x', 'x']]), read('y')];
  const runs = await Promise.all(Array.from({ length: 100 }, async () => probe.run(one)));
  expect(runs.every((outcomes) => outcomes.at(-1)?.tag === 'data')).toBe(true);
  const kinds = new Set(engines.questions.map(({ question }) => question.kind));
  expect(kinds).toEqual(new Set(['compute', 'read', 'end']));
  probe.remove();
});

test('a graph that was unloaded is not found by those who still hold it, and others are untouched', async () => {
  const gone = await bench.install({ graphs: { same: identityModel('FLOAT', ['n']) } });
  const stays = await bench.install({ graphs: { same: identityModel('FLOAT', ['n']) } });
  bench.engines.unload(gone.graphKey('same'));
  const one = [open('same'), tensor('x', f32([1])), compute('', 'same', [['x', 'x']])];
  expect((await gone.run(one)).at(-1)).toEqual({
    tag: 'failed',
    val: { code: 'not-found', message: 'The graph is no longer loaded.' },
  });
  expect((await stays.run(one)).at(-1)).toEqual({ tag: 'outputs', val: ['y'] });
  gone.remove();
  stays.remove();
});
