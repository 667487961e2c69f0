import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODEL_LIMITS, SERVICE_LIMITS } from '../../src/config/limits.ts';
import { ComponentCache } from '../../src/sandbox/component/component-cache.ts';
import { compileComponent } from '../../src/sandbox/component/compile-component.ts';
import { compileCoreModule } from '../../src/sandbox/core/compile-core-module.ts';
import { expectAllThreads, expectGood, installGood, withGoodBeside } from '../support/attack-good.ts';
import { buildGuest, buildText } from '../support/attack-guest.ts';
import { guestCache } from '../support/guest-cache.ts';
import { extremeModule } from '../fuzz/extreme-functions.ts';
import { AttackHost } from '../support/attack-host.ts';
import { longestTurnMs } from '../support/longest-turn.ts';
import {
  builtIn,
  glue,
  globals,
  instances,
  instancesOfInstances,
  locals,
  modulesBesideGlue,
  nestedComponent,
  nestedLoops,
} from './component-bombs.ts';

// Attacks that once stopped the whole service, with good requests beside them, one after the other.

const MiB = 1_048_576;

let host: AttackHost;

beforeAll(async () => {
  host = await AttackHost.open();
  await installGood(host);
});

afterAll(async () => {
  const alone = await timesOf(beside.length, async () => expectGood(host));
  process.stdout.write(
    `${JSON.stringify({ good: beside.length, besideP99: p99(beside), aloneP99: p99(alone) })} ms\n`,
  );
  await host[Symbol.asyncDispose]();
});

/** Duration of each good request beside the attacks, in milliseconds. */
const beside: number[] = [];

/** None is kept: each is tried as if it came for the first time. */
const cache = new ComponentCache(undefined);

const CODE: readonly (readonly [what: string, limit: string, text: () => string])[] = [
  ['six functions of nested loops, made hot', 'functionNesting', () => nestedLoops(200_000, 6)],
  [
    'fewer nested loops, each with the bytes of those in it',
    'functionLoopBytes',
    () => nestedLoops(4_900, 6),
  ],
  ['loops by locals', 'functionLocals', () => locals(49_000, '(loop)'.repeat(60_000))],
  ['fewer loops by fewer locals', 'functionMerges', () => locals(9_000, '(loop)'.repeat(5_000))],
  [
    'branches by locals',
    'functionMerges',
    () => locals(9_000, `(block $b ${'(br_if $b (i32.const 0))'.repeat(100_000)})`),
  ],
  [
    'tables of branches by locals',
    'functionMerges',
    () => locals(2_000, `(block $b ${`(block (br_table ${'0 '.repeat(200)} (i32.const 0)))`.repeat(30)})`),
  ],
  [
    'branches by values on the stack',
    'functionMerges',
    () =>
      locals(
        1,
        `${'(i32.const 1)'.repeat(9_000)}${'(block (br_if 0 (i32.const 0)))'.repeat(3_000)}${'(drop)'.repeat(9_000)}`,
      ),
  ],
  ['ifs by locals', 'functionMerges', () => locals(9_000, '(if (i32.const 0) (then) (else))'.repeat(1_000))],
  [
    'nested ifs',
    'functionNesting',
    () => locals(1, `${'(if (i32.const 1) (then '.repeat(9_000)}${'))'.repeat(9_000)}`),
  ],
  ['globals by the hundred thousand', 'globals', () => globals(200_000)],
];

describe('A component of bombs is refused by reading:', () => {
  it.each(CODE)('%s', async (_, limit, text) => {
    const bytes = await buildText(text());
    await expectRefused(host.install('bomb@1', bytes, {}, cache), `over the limit ${limit} of`);
  });

  it.each([
    ['an instance of its globals, a thousand times', 'globals', instances(900, 1_000)],
    ['a module instantiated again and again', 'instances', instancesOfInstances(60, 20)],
    [
      'loops by locals, two components deep',
      'functionMerges',
      nestedComponent(locals(9_000, '(loop)'.repeat(5_000)).split('(func $classify')[0] ?? ''),
    ],
  ])('%s', async (_, limit, text) => {
    await expectRefused(
      host.install('bomb@1', await buildText(text), {}, cache),
      `over the limit ${limit} of`,
    );
  });

  it.each([
    ['a few types, named by many functions', glue(11, 24)],
    ['one function of many types', glue(13, 1)],
  ])('%s', async (_, text) => {
    await expectRefused(
      host.install('bomb@1', await buildText(text), {}, cache),
      /the limit glueBytes allows|over the compiledBytes/,
    );
  });

  it.each([
    builtIn('waitable-set.new'),
    builtIn('waitable-set.drop'),
    builtIn('waitable.join'),
    builtIn('subtask.drop'),
    builtIn('subtask.cancel'),
    builtIn('task.cancel'),
    builtIn('task.return'),
    builtIn('backpressure.inc'),
    builtIn('error-context.new (memory $mem) string-encoding=utf8'),
    builtIn('error-context.drop'),
    builtIn('stream.new 0', '(type (stream u8))'),
    builtIn('future.new 0', '(type (future u8))'),
    builtIn('context.get i32 0'),
    builtIn('thread.yield'),
  ])('%s', async (text) => {
    await expectRefused(host.install('bomb@1', await parse(text), {}, cache), /a built-in for tasks/);
  });
});

describe('A component that is known', () => {
  it('holds up nobody while it is loaded, of however many modules it is made', async () => {
    const bytes = await buildText(modulesBesideGlue(900));
    const options = {
      name: 'modules',
      cache: new ComponentCache(guestCache),
      limits: SERVICE_LIMITS,
      caps: MODEL_LIMITS,
    };
    await compileComponent(bytes, options);
    expect(await longestTurnMs(async () => compileComponent(bytes, options))).toBeLessThan(250);
  });
});

describe('A command that is a core module of bombs is refused by reading:', () => {
  it.each(CODE)('%s', async (_, limit, text) => {
    const fields = text().split('(func $classify')[0] ?? '';
    const bytes = await parse(`(module ${fields} (func (export "_start")))`);
    const compiled = compileCoreModule(bytes, {
      name: 'bomb',
      cache,
      limits: SERVICE_LIMITS,
      caps: MODEL_LIMITS,
      numbering: undefined,
    });
    await expectRefused(compiled, `over the limit ${limit} of`);
  });
});

describe('Code that reading does not tell of', () => {
  const slow = () => nestedLoops(3_000, 6);

  it('is ended where it takes the compiler too long', async () => {
    const bytes = await buildText(slow());
    const limits = { ...SERVICE_LIMITS, compileMs: 500 };
    const compiled = compileComponent(bytes, { name: 'slow', cache, limits, caps: MODEL_LIMITS });
    await expectRefused(compiled, 'took over the compileMs of 500');
  });

  it.runIf(process.platform === 'linux')('is ended where it takes the compiler too much memory', async () => {
    const bytes = extremeModule('calls of a function with parameters', {
      count: 20_000,
      locals: 500,
      width: 12,
    });
    const limits = { ...SERVICE_LIMITS, compiledBytes: 8 * MiB };
    const compiled = compileCoreModule(bytes, {
      name: 'large',
      cache,
      limits,
      caps: MODEL_LIMITS,
      numbering: undefined,
    });
    await expectRefused(compiled, `took over the compiledBytes of ${8 * MiB}`);
  });

  it('leaves the compilers to others soon, however hot it is', async () => {
    await host.install('hot@1', await buildText(nestedLoops(2_000, 6)), {}, cache);
    const hot = host.call('hot@1', { deadlineMs: 20_000, topK: 7 });
    expect(await withGoodBeside(host, hot)).toMatchObject({ outcome: 'value' });
    // Another component is compiled meanwhile, and answers.
    await host.install('later@1', await buildGuest('count-calls'), {}, cache);
    expect(await host.call('later@1', { function: 'describe', deadlineMs: 20_000 })).toMatchObject({
      outcome: 'value',
    });
    await expectAllThreads(host);
  });
});

/** Refused in words, while good requests are answered rightly, one after the other. */
async function expectRefused(attack: Promise<unknown>, message: string | RegExp): Promise<void> {
  const attacking = { over: false };
  const refusal = attack.then(
    () => ({ code: undefined, message: 'it was not refused' }),
    (error: unknown) => error as { code?: string; message: string },
  );
  void refusal.finally(() => (attacking.over = true));
  do beside.push(...(await timesOf(1, async () => expectGood(host))));
  while (!attacking.over);
  const { code, message: words } = await refusal;
  expect(words).toMatch(message);
  expect(code).toBe('invalid-component');
}

async function timesOf(count: number, work: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let left = Math.min(count, 2_000); left > 0; left--) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return times;
}

function p99(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b);
  return Number((sorted[Math.floor(sorted.length * 0.99)] ?? 0).toFixed(1));
}
