import { describe, expect, test } from 'vitest';
import { Memory, withCore, wordAt } from '../conformance/core-abi.ts';
import { MEMORY_BYTES, type CoreOptions, type CoreSession } from '../support/core-probe.ts';
import { identityModel } from '../support/onnx-models.ts';

/** Features of the core ABIs alone: pointers, numbers, WasmEdge's additions. The rest is in test/conformance. */

const SUCCESS = 0;
const INVALID_ARGUMENT = 1;
const INVALID_ENCODING = 2;
const MISSING_MEMORY = 3;
const RUNTIME_ERROR = 5;
/** Errors without a number of their own among those that the oldest bindings know, 0 to 5. */
const UNSUPPORTED = INVALID_ARGUMENT;
const NOT_FOUND = INVALID_ARGUMENT;
const TOO_LARGE = RUNTIME_ERROR;

const [ONNX, CPU] = [1, 0];
const FP32 = 1;
const same = identityModel('FLOAT', ['n']);
const graphs = { same };
const OUTSIDE = MEMORY_BYTES - 2;

const nn = (session: CoreSession, name: string, ...rest: number[]) =>
  session.call(`wasi_ephemeral_nn.${name}`, ...rest);

/** A context of the graph `same`, and the memory to go on with. */
async function open(session: CoreSession, name = 'same') {
  const memory = new Memory(session);
  const out = memory.words(0);
  expect(await nn(session, 'load_by_name', ...memory.text(name), out)).toBe(SUCCESS);
  const graph = await wordAt(session, out);
  expect(await nn(session, 'init_execution_context', graph, out)).toBe(SUCCESS);
  return { memory, graph, context: await wordAt(session, out), out };
}

function tensor(
  memory: Memory,
  {
    dimensions = [1],
    type = FP32,
    data = new Uint8Array(4),
  }: { dimensions?: number[]; type?: number; data?: Uint8Array },
): number {
  const dims = memory.words(...dimensions);
  return memory.words(dims, dimensions.length, type, memory.put(data), data.byteLength);
}

/** Sets one tensor, computes and reads: the bytes, or the errno. */
async function echo(session: CoreSession, model: string, given: Parameters<typeof tensor>[1]) {
  const { memory, context, out } = await open(session, model);
  const set = await nn(session, 'set_input', context, 0, tensor(memory, given));
  if (set !== SUCCESS) return set;
  expect(await nn(session, 'compute', context)).toBe(SUCCESS);
  const buffer = memory.room(64);
  expect(await nn(session, 'get_output', context, 0, buffer, 64, out)).toBe(SUCCESS);
  return session.peek(buffer, await wordAt(session, out));
}

const talk = async (options: CoreOptions, with_: (session: CoreSession) => Promise<void>) =>
  withCore({ graphs, ...options }, with_);

describe('a pointer out of the memory is missing_memory, and the module goes on', () => {
  test('where a handle would go', async () => {
    await talk({}, async (session) => {
      const { memory, graph } = await open(session);
      const name = memory.text('same');
      expect(await nn(session, 'load_by_name', ...name, OUTSIDE)).toBe(MISSING_MEMORY);
      expect(await nn(session, 'load_by_name', ...name, -1)).toBe(MISSING_MEMORY);
      expect(await nn(session, 'load_by_name_with_config', ...name, 0, 0, OUTSIDE)).toBe(MISSING_MEMORY);
      expect(await nn(session, 'init_execution_context', graph, OUTSIDE)).toBe(MISSING_MEMORY);
      expect(await nn(session, 'load', 0, 0, ONNX, CPU, OUTSIDE)).toBe(MISSING_MEMORY);
    });
  });

  test('for names, configurations, builders and what they point to', async () => {
    await talk({ graphLoad: true }, async (session) => {
      const { memory, out } = await open(session);
      const name = memory.text('same');
      expect(await nn(session, 'load_by_name', MEMORY_BYTES, 1, out)).toBe(MISSING_MEMORY);
      expect(await nn(session, 'load_by_name', 8, -1, out)).toBe(MISSING_MEMORY);
      expect(await nn(session, 'load_by_name_with_config', ...name, OUTSIDE, 4, out)).toBe(MISSING_MEMORY);
      expect(await nn(session, 'load', OUTSIDE, 1, ONNX, CPU, out)).toBe(MISSING_MEMORY);
      expect(await nn(session, 'load', 4_096, 0x1fff_ffff, ONNX, CPU, out)).toBe(MISSING_MEMORY);
      expect(await nn(session, 'load', 4_096, -1, ONNX, CPU, out)).toBe(MISSING_MEMORY);
      const builder = memory.words(OUTSIDE, 100);
      expect(await nn(session, 'load', builder, 1, ONNX, CPU, out)).toBe(MISSING_MEMORY);
    });
  });

  test('for tensors and what they point to', async () => {
    await talk({}, async (session) => {
      const { memory, context } = await open(session);
      const one = memory.words(1);
      for (const fields of [
        [OUTSIDE, 1, FP32, one, 4],
        [one, 0x4000_0000, FP32, one, 4],
        [one, 1, FP32, OUTSIDE, 4],
        [one, 1, FP32, one, -1],
      ]) {
        expect(await nn(session, 'set_input', context, 0, memory.words(...fields))).toBe(MISSING_MEMORY);
      }
      expect(await nn(session, 'set_input', context, 0, OUTSIDE)).toBe(MISSING_MEMORY);
      expect(await nn(session, 'set_input', context, 0, -4)).toBe(MISSING_MEMORY);
    });
  });

  test('for outputs and their sizes', async () => {
    await talk({}, async (session) => {
      const { memory, context, out } = await open(session);
      await nn(session, 'set_input', context, 0, tensor(memory, {}));
      expect(await nn(session, 'compute', context)).toBe(SUCCESS);
      expect(await nn(session, 'get_output', context, 0, OUTSIDE, 4, out)).toBe(MISSING_MEMORY);
      expect(await nn(session, 'get_output', context, 0, 4_096, -1, out)).toBe(MISSING_MEMORY);
      expect(await nn(session, 'get_output', context, 0, 4_096, 4, OUTSIDE)).toBe(MISSING_MEMORY);
      expect(await nn(session, 'get_output', context, 0, memory.room(4), 4, out)).toBe(SUCCESS);
    });
  });

  test('in WAMR’s layout', async () => {
    await talk({}, async (session) => {
      const { memory, out } = await open(session);
      const wamr = (name: string, ...rest: number[]) => session.call(`wasi_nn.${name}`, ...rest);
      expect(await wamr('load', OUTSIDE, ONNX, CPU, out)).toBe(MISSING_MEMORY);
      expect(await wamr('load', memory.words(OUTSIDE, 1), ONNX, CPU, out)).toBe(MISSING_MEMORY);
      expect(await wamr('load_by_name', ...memory.text('same'), out)).toBe(SUCCESS);
      expect(await wamr('init_execution_context', await wordAt(session, out), out)).toBe(SUCCESS);
      const context = await wordAt(session, out);
      const dims = memory.words(memory.words(1), 1);
      expect(await wamr('set_input', context, 0, OUTSIDE)).toBe(MISSING_MEMORY);
      expect(await wamr('set_input', context, 0, memory.words(OUTSIDE, FP32, 8))).toBe(MISSING_MEMORY);
      expect(await wamr('set_input', context, 0, memory.words(dims, FP32, OUTSIDE))).toBe(MISSING_MEMORY);
      expect(await wamr('set_input', context, 0, memory.words(dims, FP32, memory.words(5)))).toBe(SUCCESS);
      expect(await wamr('compute', context)).toBe(SUCCESS);
      expect(await wamr('get_output', context, 0, memory.room(4), OUTSIDE)).toBe(MISSING_MEMORY);
      expect(await wamr('get_output', context, 0, OUTSIDE, memory.words(4))).toBe(MISSING_MEMORY);
      const [buffer, size] = [memory.words(77), memory.words(3)];
      expect(await wamr('get_output', context, 0, buffer, size)).toBe(TOO_LARGE);
      // The size that is needed comes back, and nothing else is written.
      expect([await wordAt(session, buffer), await wordAt(session, size)]).toEqual([77, 4]);
      expect(await wamr('get_output', context, 0, buffer, size)).toBe(SUCCESS);
      expect([await wordAt(session, buffer), await wordAt(session, size)]).toEqual([5, 4]);
      session.poke(size, Uint8Array.of(8));
      expect(await wamr('get_output', context, 0, buffer, size)).toBe(SUCCESS);
      expect(await wordAt(session, size)).toBe(4);
    });
  });
});

describe('numbers', () => {
  test('of encodings and targets', async () => {
    await talk({ graphLoad: true }, async (session) => {
      const { memory, out } = await open(session);
      const builder = memory.words(memory.put(same), same.byteLength);
      const load = (encoding: number, target: number) =>
        nn(session, 'load', builder, 1, encoding, target, out);
      expect(await load(ONNX, CPU)).toBe(SUCCESS);
      // autodetect of wasi-nn.witx and of WAMR.
      expect([await load(5, CPU), await load(6, CPU)]).toEqual([SUCCESS, SUCCESS]);
      // Any other as well: the bytes tell that it is ONNX.
      for (const encoding of [0, 2, 3, 4, 7, 8, 9, 10, 11, 12, 13, 14, 255, -1]) {
        expect(await load(encoding, CPU)).toBe(SUCCESS);
      }
      const gguf = memory.put(new TextEncoder().encode('GGUF, and what follows'));
      const other = memory.words(gguf, 22);
      for (const [encoding, errno] of [
        ...[0, 2, 3, 4].map((number) => [number, UNSUPPORTED] as const),
        ...[ONNX, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255, -1].map(
          (number) => [number, INVALID_ENCODING] as const,
        ),
      ]) {
        expect([encoding, await nn(session, 'load', other, 1, encoding, CPU, out)]).toEqual([
          encoding,
          errno,
        ]);
      }
      for (const target of [1, 2]) expect(await load(ONNX, target)).toBe(UNSUPPORTED);
      for (const target of [3, 255, -1]) expect(await load(ONNX, target)).toBe(INVALID_ARGUMENT);
    });
  });

  test('of inputs and outputs that there are not', async () => {
    await talk({}, async (session) => {
      const { memory, context, out } = await open(session);
      expect(await nn(session, 'set_input', context, 1, tensor(memory, {}))).toBe(INVALID_ARGUMENT);
      expect(await nn(session, 'set_input', context, -1, tensor(memory, {}))).toBe(INVALID_ARGUMENT);
      expect(await nn(session, 'compute', context)).toBe(INVALID_ARGUMENT);
      expect(await nn(session, 'get_output', context, 0, 4_096, 4, out)).toBe(RUNTIME_ERROR);
      await nn(session, 'set_input', context, 0, tensor(memory, {}));
      expect(await nn(session, 'compute', context)).toBe(SUCCESS);
      expect(await nn(session, 'get_output', context, 1, 4_096, 4, out)).toBe(INVALID_ARGUMENT);
    });
  });

  test('of tensor types that nobody has given, and of dimensions beyond the most', async () => {
    await talk({}, async (session) => {
      const { memory, context } = await open(session);
      for (const type of [7, 255]) {
        expect(await nn(session, 'set_input', context, 0, tensor(memory, { type }))).toBe(INVALID_ARGUMENT);
      }
      const dimensions = Array.from({ length: 65 }, () => 1);
      expect(await nn(session, 'set_input', context, 0, tensor(memory, { dimensions }))).toBe(TOO_LARGE);
    });
  });

  test('of handles count up from 1 and are never used again', async () => {
    await talk({}, async (session) => {
      const { graph, context, out } = await open(session);
      expect([graph, context]).toEqual([1, 1]);
      expect(await nn(session, 'finalize_execution_context', context)).toBe(SUCCESS);
      expect(await nn(session, 'init_execution_context', graph, out)).toBe(SUCCESS);
      expect(await wordAt(session, out)).not.toBe(context);
      expect(await nn(session, 'compute', context)).toBe(INVALID_ARGUMENT);
      expect(await nn(session, 'unload', graph)).toBe(SUCCESS);
      expect(await nn(session, 'unload', graph)).toBe(INVALID_ARGUMENT);
      expect(await nn(session, 'init_execution_context', graph, out)).toBe(INVALID_ARGUMENT);
    });
  });
});

test('an output that does not fit is too_large, nothing is written, and it can still be read', async () => {
  await withCore({ graphs }, async (session) => {
    const { memory, context } = await open(session);
    const data = new Uint8Array(Float32Array.of(1, 2).buffer);
    await nn(session, 'set_input', context, 0, tensor(memory, { dimensions: [2], data }));
    await nn(session, 'compute', context);
    const [buffer, written] = [memory.words(77, 77), memory.words(99)];
    expect(await nn(session, 'get_output', context, 0, buffer, 7, written)).toBe(TOO_LARGE);
    expect([await wordAt(session, buffer), await wordAt(session, written)]).toEqual([77, 99]);
    expect(await nn(session, 'get_output', context, 0, buffer, 8, written)).toBe(SUCCESS);
    expect(await session.peek(buffer, 8)).toEqual(data);
  });
});

test('a name that is no UTF-8 is an invalid argument, and one without end is not found', async () => {
  await withCore({ graphs }, async (session) => {
    const { memory, out } = await open(session);
    const malformed = memory.put(Uint8Array.of(0xff, 0xfe));
    expect(await nn(session, 'load_by_name', malformed, 2, out)).toBe(INVALID_ARGUMENT);
    expect(await nn(session, 'load_by_name', 4_096, 1_000_000, out)).toBe(NOT_FOUND);
    expect(await nn(session, 'load_by_name', 4_096, 0, out)).toBe(NOT_FOUND);
  });
});

test('load: a graph over the limit is refused before it is copied', async () => {
  const limits = { requestTensorBytes: 1_000 };
  await withCore({ graphs, graphLoad: true, limits }, async (session) => {
    const { memory, out } = await open(session);
    const builder = memory.words(4_096, 2_000_000);
    expect(await nn(session, 'load', builder, 1, ONNX, CPU, out)).toBe(TOO_LARGE);
  });
});

describe('WasmEdge’s additions', () => {
  test('load_by_name_with_config takes an empty configuration and no other', async () => {
    await talk({}, async (session) => {
      const { memory, out } = await open(session);
      const name = memory.text('same');
      const load = (config: string) =>
        nn(session, 'load_by_name_with_config', ...name, ...memory.text(config), out);
      for (const config of ['', '{}', ' {\n} ']) expect(await load(config)).toBe(SUCCESS);
      for (const config of ['{"ctx-size":1}', 'x', '{}{}']) expect(await load(config)).toBe(UNSUPPORTED);
      const [unknown, length] = memory.text('other');
      expect(await nn(session, 'load_by_name_with_config', unknown, length, 0, 0, out)).toBe(NOT_FOUND);
    });
  });

  test('piece by piece is refused as WasmEdge refuses it for graphs that are no language model', async () => {
    await talk({}, async (session) => {
      const { context, out } = await open(session);
      expect(await nn(session, 'compute_single', context)).toBe(INVALID_ARGUMENT);
      expect(await nn(session, 'get_output_single', context, 0, 4_096, 4, out)).toBe(INVALID_ARGUMENT);
      expect(await nn(session, 'fini_single', context)).toBe(INVALID_ARGUMENT);
      expect(await nn(session, 'fini_single', 99)).toBe(INVALID_ARGUMENT);
    });
  });

  test('a context goes on after its graph was unloaded', async () => {
    await talk({}, async (session) => {
      const { memory, graph, context } = await open(session);
      expect(await nn(session, 'unload', graph)).toBe(SUCCESS);
      await nn(session, 'set_input', context, 0, tensor(memory, {}));
      expect(await nn(session, 'compute', context)).toBe(SUCCESS);
    });
  });
});

describe('the three numberings of tensor types', () => {
  const typed = {
    u8: identityModel('UINT8', ['n']),
    f64: identityModel('DOUBLE', ['n']),
    i32: identityModel('INT32', ['n']),
    i64: identityModel('INT64', ['n']),
    bf16: identityModel('BFLOAT16', ['n']),
  };
  const bytes = (count: number) => Uint8Array.from({ length: count }, (_, i) => i);

  test.each<[graph: keyof typeof typed, type: number, size: number, numbering: string]>([
    ['f64', 2, 8, 'wasi-nn.witx'],
    ['u8', 2, 1, 'WasmEdge 0.14'],
    ['u8', 3, 1, 'wasi-nn.witx'],
    ['i32', 3, 4, 'WasmEdge 0.14'],
    ['bf16', 3, 2, 'the WIT'],
    ['i32', 4, 4, 'wasi-nn.witx'],
    ['u8', 4, 1, 'the WIT'],
    ['i64', 5, 8, 'wasi-nn.witx'],
    ['i32', 5, 4, 'the WIT'],
    ['i64', 6, 8, 'the WIT'],
  ])('%s as number %i is known by its %i bytes an element, as in %s', async (graph, type, size) => {
    await withCore({ graphs: typed }, async (session) => {
      const data = bytes(3 * size);
      expect(await echo(session, graph, { dimensions: [3], type, data })).toEqual(data);
    });
  });

  test('a tensor without elements is of the type that the graph takes', async () => {
    await withCore({ graphs: typed }, async (session) => {
      for (const graph of ['u8', 'f64'] as const) {
        const none = { dimensions: [0], type: 2, data: new Uint8Array() };
        expect(await echo(session, graph, none)).toEqual(new Uint8Array());
      }
    });
  });

  test('what --nn-tensor-types says is not guessed', async () => {
    const wasmEdge = { graphs: typed, numbering: 'wasmedge-0.14' } as const;
    await withCore(wasmEdge, async (session) => {
      const f64 = { dimensions: [3], type: 2, data: bytes(24) };
      expect(await echo(session, 'f64', f64)).toBe(INVALID_ARGUMENT);
      const number4 = { dimensions: [3], type: 4, data: bytes(12) };
      expect(await echo(session, 'i32', number4)).toBe(INVALID_ARGUMENT);
      const data = bytes(3);
      expect(await echo(session, 'u8', { dimensions: [3], type: 2, data })).toEqual(data);
    });
  });
});
