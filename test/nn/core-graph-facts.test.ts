import { describe, expect, test } from 'vitest';
import { TENSOR_TYPES } from '../../src/element-types.ts';
import type { WitFacts } from '../../src/nn/wit-facts.ts';
import { Memory, withCore, wordAt } from '../conformance/core-abi.ts';
import { MEMORY_BYTES, type CoreSession } from '../support/core-probe.ts';
import { TOLD, toldModel } from '../support/told-model.ts';

/** sandpiper_graph_facts: what a graph takes and gives, in the memory of a core module. */

const SUCCESS = 0;
const INVALID_ARGUMENT = 1;
const MISSING_MEMORY = 3;
const TOO_LARGE = 5;

const OUTSIDE = MEMORY_BYTES - 2;

const describeGraph = (session: CoreSession, ...parameters: number[]) =>
  session.call('sandpiper_graph_facts.describe', ...parameters);

/** A graph of the module's, by the calls of one of the core ABIs. */
async function withGraph<Result>(
  abi: string,
  talk: (session: CoreSession, at: { memory: Memory; graph: number; out: number }) => Promise<Result>,
): Promise<Result> {
  return withCore({ graphs: { told: toldModel() } }, async (session) => {
    const memory = new Memory(session);
    const out = memory.words(0);
    expect(await session.call(`${abi}.load_by_name`, ...memory.text('told'), out)).toBe(SUCCESS);
    return talk(session, { memory, graph: await wordAt(session, out), out });
  });
}

describe.each(['wasi_ephemeral_nn', 'wasi_nn'])('a graph of %s', (abi) => {
  test('tells what it tells to a component, in as many bytes as it says before', async () => {
    await withGraph(abi, async (session, { memory, graph, out }) => {
      expect(await describeGraph(session, graph, 0, 0, out)).toBe(TOO_LARGE);
      const size = await wordAt(session, out);
      const buffer = memory.room(size);
      expect(await describeGraph(session, graph, buffer, size - 1, out)).toBe(TOO_LARGE);
      expect(await session.peek(buffer, size)).toEqual(new Uint8Array(size));
      expect(await describeGraph(session, graph, buffer, size, out)).toBe(SUCCESS);
      expect(await wordAt(session, out)).toBe(size);
      expect(readFacts(await session.peek(buffer, size), buffer)).toEqual(TOLD);
    });
  });
});

test('a buffer at the very end of the memory is filled', async () => {
  await withGraph('wasi_ephemeral_nn', async (session, { graph, out }) => {
    await describeGraph(session, graph, 0, 0, out);
    const size = await wordAt(session, out);
    const buffer = MEMORY_BYTES - size;
    expect(await describeGraph(session, graph, buffer, size, out)).toBe(SUCCESS);
    expect(readFacts(await session.peek(buffer, size), buffer)).toEqual(TOLD);
  });
});

test('what is wrong is an errno, and the module goes on', async () => {
  await withGraph('wasi_ephemeral_nn', async (session, { memory, graph, out }) => {
    const buffer = memory.room(4_096);
    expect(await describeGraph(session, 99, buffer, 4_096, out)).toBe(INVALID_ARGUMENT);
    expect(await describeGraph(session, graph, buffer + 4, 4_000, out)).toBe(INVALID_ARGUMENT);
    expect(await describeGraph(session, graph, MEMORY_BYTES - 8, 4_096, out)).toBe(MISSING_MEMORY);
    expect(await describeGraph(session, graph, buffer, 4_096, OUTSIDE)).toBe(MISSING_MEMORY);
    expect(await session.call('wasi_ephemeral_nn.unload', graph)).toBe(SUCCESS);
    expect(await describeGraph(session, graph, buffer, 4_096, out)).toBe(INVALID_ARGUMENT);
  });
});

/** `facts` of wit/graph-facts.wit as a C compiler would see it. @param base where the bytes lie in the memory */
function readFacts(bytes: Uint8Array, base: number): WitFacts {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number) => view.getUint32(at, true);
  const start = (at: number) => word(at) - base;
  const text = (at: number) => new TextDecoder().decode(bytes.subarray(start(at), start(at) + word(at + 4)));
  const list = <T>(at: number, size: number, read: (at: number) => T): T[] =>
    Array.from({ length: word(at + 4) }, (_, i) => read(start(at) + i * size));
  const dimension = (at: number) => {
    const tag = bytes[at];
    if (tag === 0) return { tag: 'fixed' as const, val: view.getBigUint64(at + 8, true) };
    return tag === 1 ? { tag: 'named' as const, val: text(at + 8) } : { tag: 'unknown' as const };
  };
  const port = (at: number) => ({
    name: text(at),
    ty: bytes[at + 8] === 1 ? TENSOR_TYPES[bytes[at + 9] ?? 255] : undefined,
    elementType: text(at + 12),
    dimensions: bytes[at + 20] === 1 ? list(at + 24, 16, dimension) : undefined,
    optional: bytes[at + 32] === 1,
  });
  return {
    inputs: list(0, 36, port),
    outputs: list(8, 36, port),
    metadata: list(16, 16, (at) => [text(at), text(at + 8)] as [string, string]),
  };
}
