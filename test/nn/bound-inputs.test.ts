import { afterAll, expect, test } from 'vitest';
import { ProbeBench, runProbe } from '../support/guest-probe.ts';
import { bind, compute, drop, failureIn, open, read, tensor, valueOf } from '../support/guest-script.ts';
import { asRead, f32, u8 } from '../support/guest-values.ts';
import { addModel } from '../support/onnx-models.ts';

/** sandpiper:inference/bound-inputs: inputs that a context keeps from compute to compute. */

const bench = new ProbeBench({ runs: 2, guests: 1 });
afterAll(async () => bench[Symbol.asyncDispose]());

const graphs = { add: addModel('FLOAT', ['n']) };
const bound = [open('add'), tensor('w', f32([100, 200])), bind('add', [['w', 'w']])];

test('a bound input serves every compute', async () => {
  const probe = await bench.install({ graphs });
  const rounds = [1, 2, 3].flatMap((i) => [
    tensor(`x${i}`, f32([i, i])),
    compute(`${i} `, 'add', [['x', `x${i}`]]),
  ]);
  const outcomes = await probe.run([...bound, ...rounds, read('3 y')]);
  probe.remove();
  expect(valueOf(outcomes.slice(-3))).toEqual(asRead(f32([103, 203])));
});

test('an output is bound as any other tensor', async () => {
  const probe = await bench.install({ graphs });
  const outcomes = await probe.run([
    [...bound, tensor('x', f32([1, 1])), compute('1 ', 'add', [['x', 'x']])],
    [bind('add', [['x', '1 y']]), compute('2 ', 'add', []), compute('3 ', 'add', [])],
    read('3 y'),
  ]);
  probe.remove();
  expect(valueOf(outcomes.slice(-3))).toEqual(asRead(f32([201, 401])));
});

test('a name given to compute wins for that run, and a name bound again for all that follow', async () => {
  const outcomes = await runProbe(
    [
      [...bound, tensor('x', f32([1, 1])), bind('add', [['x', 'x']]), tensor('once', f32([0, 0]))],
      [compute('1 ', 'add', [['w', 'once']]), compute('2 ', 'add', [])],
      [tensor('new', f32([5, 5])), bind('add', [['w', 'new']]), compute('3 ', 'add', [])],
      [read('1 y'), read('2 y'), read('3 y')],
    ],
    { graphs },
  );
  expect(valueOf(outcomes.slice(-9))).toEqual(asRead(f32([1, 1])));
  expect(valueOf(outcomes.slice(-6))).toEqual(asRead(f32([101, 201])));
  expect(valueOf(outcomes.slice(-3))).toEqual(asRead(f32([6, 6])));
});

test('bound inputs are checked when they are bound, and what is refused binds nothing', async () => {
  const cases = [
    ['z', f32([1]), 'There is no input "z"; the graph takes "x", "w".'],
    ['w', u8([1]), 'Input "w" is U8; the graph takes FP32 (FLOAT).'],
    ['w', f32([1], [1, 1]), 'Input "w" has dimensions [1, 1]; the graph takes [n].'],
  ] as const;
  for (const [name, value, message] of cases) {
    const steps = [
      [open('add'), tensor('w', value), tensor('x', f32([1]))],
      [
        bind('add', [
          ['x', 'x'],
          [name, 'w'],
        ]),
        compute('', 'add', []),
      ],
    ];
    expect((await runProbe(steps, { graphs })).slice(-2)).toEqual([
      { tag: 'failed', val: { code: 'invalid-argument', message } },
      {
        tag: 'failed',
        val: { code: 'invalid-argument', message: 'Input "x", "w" is missing; the graph takes "x", "w".' },
      },
    ]);
  }
});

test('bound inputs belong to one context and are freed with it', async () => {
  const rounds = Array.from({ length: 20 }, () => [
    ...bound,
    drop('context', 'add'),
    drop('graph', 'add (graph)'),
  ]);
  const limits = { liveResources: 3, requestTensorBytes: 64 };
  const freed = await runProbe(rounds.flat(), { graphs, limits });
  expect(freed.filter(({ tag }) => tag === 'failed')).toEqual([]);
  const [, other] = open('add');
  const again = [...bound, ...(other === undefined ? [] : [other]), tensor('x', f32([1, 2]))];
  const apart = await runProbe([...again, compute('', 'add', [['x', 'x']])], { graphs });
  expect(failureIn(apart).message).toBe('Input "w" is missing; the graph takes "x", "w".');
});

test('what a run that failed took along stays bound', async () => {
  const outcomes = await runProbe(
    [
      [...bound, tensor('misfit', f32([1, 2, 3])), compute('', 'add', [['x', 'misfit']])],
      [tensor('x', f32([1, 1])), compute('', 'add', [['x', 'x']])],
      read('y'),
    ],
    { graphs },
  );
  expect(failureIn(outcomes).code).toBe('runtime-error');
  expect(valueOf(outcomes.slice(-3))).toEqual(asRead(f32([101, 201])));
});
