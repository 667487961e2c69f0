import { afterAll, expect, test } from 'vitest';
import { ProbeBench } from '../support/guest-probe.ts';
import { compute, open, read, tensor, valueOf, type Script } from '../support/guest-script.ts';
import { until } from '../support/guest-thread.ts';
import { asRead, f32, i64 } from '../support/guest-values.ts';
import { addModel, identityModel, spinningModel } from '../support/onnx-models.ts';

/** Many requests on the same graphs: who gets which answer. */

const bench = new ProbeBench({ runs: 2, guests: 2 });
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

test('while one graph runs for long, others run beside it', async () => {
  const probe = await bench.install({
    graphs: { spin: spinningModel(), same: identityModel('FLOAT', ['n']) },
  });
  const controller = new AbortController();
  const long = probe.run(
    [open('spin'), tensor('n', i64([2 ** 40])), compute('', 'spin', [['iterations', 'n']])],
    { signal: controller.signal },
  );
  await until(() => bench.engine.busy === 1);
  const outcomes = await probe.run([open('same'), tensor('x', f32([1])), compute('', 'same', [['x', 'x']])]);
  expect(outcomes.at(-1)).toEqual({ tag: 'outputs', val: ['y'] });
  expect(bench.engine.busy).toBe(1);
  controller.abort(new Error('enough'));
  await expect(long).rejects.toThrow('enough');
  probe.remove();
});

test('a request that is cancelled in the middle of a compute ends at once, and the next one is served', async () => {
  const probe = await bench.install({
    graphs: { spin: spinningModel(), same: identityModel('FLOAT', ['n']) },
  });
  const controller = new AbortController();
  const script = [open('spin'), tensor('n', i64([2 ** 40])), compute('', 'spin', [['iterations', 'n']])];
  const cancelled = probe.run(script, { signal: controller.signal });
  await until(() => bench.engine.busy === 1);
  controller.abort(new Error('the client is gone'));
  await expect(cancelled).rejects.toThrow('the client is gone');
  // Nothing would ever end the loop but that it was stopped.
  await until(() => bench.engine.busy === 0);
  const next = [open('same'), tensor('x', f32([1])), compute('', 'same', [['x', 'x']]), read('y')];
  const answers = await Promise.all([probe.run(next), probe.run(next), probe.run(next)]);
  expect(answers.map((outcomes) => valueOf(outcomes.slice(-3)))).toEqual(
    [1, 1, 1].map(() => asRead(f32([1]))),
  );
  probe.remove();
});

test('a graph that was unloaded is not found by those who still hold it, and others are untouched', async () => {
  const gone = await bench.install({ graphs: { same: identityModel('FLOAT', ['n']) } });
  const stays = await bench.install({ graphs: { same: identityModel('FLOAT', ['n']) } });
  bench.engine.unload(gone.graphKey('same'));
  const one = [open('same'), tensor('x', f32([1])), compute('', 'same', [['x', 'x']])];
  expect((await gone.run(one)).at(-1)).toEqual({
    tag: 'failed',
    val: { code: 'not-found', message: 'The graph is no longer loaded.' },
  });
  expect((await stays.run(one)).at(-1)).toEqual({ tag: 'outputs', val: ['y'] });
  gone.remove();
  stays.remove();
});
