import { afterEach, expect, test } from 'vitest';
import { MessageChannel, type MessagePort, type Worker } from 'node:worker_threads';
import { GuestCell } from '../../src/bridge/guest-cell.ts';
import { LoadBoard } from '../../src/bridge/load-board.ts';
import { beside, inMs, linkTo, type TestLink } from '../support/guest-link.ts';

/** The guest's end of the bridge against an engine end that answers oddly: late, out of order, too often. */

const engines: { worker: Worker; port: MessagePort }[] = [];
afterEach(async () => {
  for (const { worker, port } of engines.splice(0)) {
    port.close();
    await worker.terminate();
  }
});

/** An engine end that answers each question by `answers(question, questionsSoFar)`. */
async function answering(answers: string): Promise<TestLink> {
  const { port1: port, port2 } = new MessageChannel();
  const cell = GuestCell.allocate();
  const worker = await beside(
    `const answers = ${answers};
     const asked = [];
     const say = (answer) => {
       port.postMessage(answer);
       Atomics.add(new Int32Array(cell), 0, 1);
       Atomics.notify(new Int32Array(cell), 0);
     };
     port.on('message', (question) => {
       asked.push(question);
       for (const answer of answers(question, asked)) say(answer);
     });`,
    { port: port2, cell },
  );
  engines.push({ worker, port });
  const bridge = linkTo({ ports: [port], cell, board: LoadBoard.allocate(1, 1), engines: 1 });
  bridge.link.begin(1, inMs(10_000));
  return bridge;
}

const bytes = 'bytes: new Uint8Array([question.call])';

test('an answer is known by its number, whatever else arrives before it', async () => {
  const { link } = await answering(`(question) => [
    { kind: 'bytes', call: question.call + 1, bytes: new Uint8Array([99]) },
    { kind: 'error', call: question.call - 1, code: 'unknown', message: 'late', kept: [] },
    { kind: 'bytes', call: question.call, ${bytes} },
    { kind: 'bytes', call: question.call, bytes: new Uint8Array([98]) },
  ]`);
  expect(link.read(0, 1)).toEqual(Uint8Array.of(1));
  // An answer that came before its question is not taken for it.
  expect(link.read(0, 2)).toEqual(Uint8Array.of(2));
});

test('answers in the wrong order, and wake-ups without an answer, do no harm', async () => {
  const { link } = await answering(`(question, asked) => asked.length < 2 ? [] : [
    { kind: 'bytes', call: asked[1].call, bytes: new Uint8Array([asked[1].handle]) },
    { kind: 'bytes', call: asked[0].call, bytes: new Uint8Array([asked[0].handle]) },
  ]`);
  link.begin(1, inMs(20));
  expect(() => link.read(0, 10)).toThrow('deadline');
  link.begin(1, inMs(10_000));
  expect(link.read(0, 20)).toEqual(Uint8Array.of(20));
});

test('tensors in an answer that nobody waits for any more are dropped at the engine', async () => {
  const { link } = await answering(`(question, asked) => {
    if (question.kind === 'compute') return [];
    const late = { kind: 'outputs', call: asked[0].call, outputs: [{ handle: 41 }, { handle: 42 }], kept: [], runMs: 0 };
    return asked.length === 2
      ? [late, { kind: 'bytes', call: question.call, bytes: new Uint8Array() }]
      : [{ kind: 'bytes', call: question.call, bytes: Uint8Array.from(question.dropped) }];
  }`);
  link.begin(1, inMs(20));
  expect(() => link.compute(0, { graph: 'g', wide: false, inputs: [], outputBytes: 0 })).toThrow('deadline');
  link.begin(1, inMs(10_000));
  link.read(0, 1);
  expect(link.read(0, 2)).toEqual(Uint8Array.of(41, 42));
});

test('an answer of another kind is the host’s own fault and told as unknown', async () => {
  const { link } = await answering(`(question) => [{ kind: 'loaded', call: question.call, facts: {} }]`);
  expect(() => link.read(0, 1)).toThrow(
    expect.objectContaining({
      code: 'unknown',
      message: 'The engine answered loaded where bytes was expected.',
    }),
  );
});

test('an engine end that is gone is a timeout, not a wait for ever', async () => {
  const { link } = await answering(`() => []`);
  const [engine] = engines;
  await engine?.worker.terminate();
  link.begin(2, inMs(20));
  expect(() => link.read(0, 1)).toThrow('deadline');
});
