/**
 * `wasi_ephemeral_nn`, the core ABI of wasi-nn.witx, with WasmEdge's additions: closing of graphs and contexts, a name
 * with a configuration, and generation piece by piece, which WasmEdge too refuses for graphs other than language models.
 */
import { NnFailure } from '../nn-error.ts';
import type { CoreNn, RawTensor } from './core-nn.ts';
import { abiCalls } from './nn-errno.ts';
import type { GuestMemory } from './guest-memory.ts';

/** Size of `graph_builder`: pointer and length. */
const BUILDER_BYTES = 8;
/** Size of `tensor`: dimensions and their number, type, data and their length. */
const TENSOR_BYTES = 20;
/** Most dimensions that are read: one more than a tensor may have, so that the tensor is refused. */
const MAX_DIMENSIONS = 65;
/** Most builders that are read: one more than a graph may have, so that the graph is refused. */
const MAX_BUILDERS = 2;

export type CoreFunction = (...args: number[]) => number;

/** @param explain logs why a call was refused, which the ABI cannot express */
export function wasiEphemeralNn(nn: CoreNn, memory: GuestMemory, explain: (message: string) => void) {
  const { call, give } = abiCalls(memory, explain);
  return {
    load: (builders: number, count: number, encoding: number, target: number, out: number) =>
      give(out, () => nn.load(readBuilders(memory, builders, count), encoding, target)),
    load_by_name: (name: number, length: number, out: number) =>
      give(out, () => nn.loadByName(readName(memory, name, length))),
    init_execution_context: (graph: number, out: number) => give(out, () => nn.initExecutionContext(graph)),
    set_input: (context: number, index: number, tensor: number) =>
      call(() => nn.setInput(context, index, readTensor(memory, tensor))),
    compute: (context: number) => call(() => nn.contexts.get(context).compute()),
    get_output: (context: number, index: number, buffer: number, size: number, written: number) =>
      call(() => {
        memory.u32(written);
        const bytes = nn.output(context, index);
        writeOutput(memory, bytes, buffer, size);
        memory.setU32(written, bytes.byteLength);
      }),
    load_by_name_with_config: (
      name: number,
      length: number,
      config: number,
      configLength: number,
      out: number,
    ) =>
      give(out, () => {
        assertNoConfig(memory, config, configLength);
        return nn.loadByName(readName(memory, name, length));
      }),
    unload: (graph: number) => call(() => nn.graphs.close(graph)),
    finalize_execution_context: (context: number) => call(() => nn.contexts.close(context)),
    compute_single: (context: number) => call(() => refuseSingle(nn, context)),
    get_output_single: (context: number) => call(() => refuseSingle(nn, context)),
    fini_single: (context: number) => call(() => refuseSingle(nn, context)),
  } satisfies Record<string, CoreFunction>;
}

/** Reads at most {@link MAX_BUILDERS}. @throws MemoryFault */
export function readBuilders(memory: GuestMemory, pointer: number, count: number): Uint8Array[] {
  memory.bytes(pointer, Math.min((count >>> 0) * BUILDER_BYTES, 0xffff_ffff));
  return Array.from({ length: Math.min(count >>> 0, MAX_BUILDERS) }, (_, i) => {
    const at = (pointer >>> 0) + i * BUILDER_BYTES;
    return memory.bytes(memory.u32(at), memory.u32(at + 4));
  });
}

/** @throws MemoryFault; NnFailure for a name longer than any graph's */
export function readName(memory: GuestMemory, pointer: number, length: number): string | undefined {
  memory.bytes(pointer, length);
  if (length >>> 0 > MAX_NAME_BYTES) throw new NnFailure('not-found', 'No graph has a name as long as that.');
  return memory.text(pointer, length);
}

const MAX_NAME_BYTES = 65_536;

/** @throws MemoryFault */
export function readDimensions(memory: GuestMemory, pointer: number, count: number): Uint32Array {
  memory.bytes(pointer, Math.min((count >>> 0) * 4, 0xffff_ffff));
  return memory.u32s(pointer, Math.min(count >>> 0, MAX_DIMENSIONS));
}

/** @throws MemoryFault, NnFailure `too-large` for a buffer that is too small */
export function writeOutput(memory: GuestMemory, bytes: Uint8Array, buffer: number, size: number): void {
  memory.bytes(buffer, size);
  if (bytes.byteLength > size >>> 0) {
    throw new NnFailure(
      'too-large',
      `The output has ${bytes.byteLength} bytes, and the buffer ${size >>> 0}.`,
    );
  }
  memory.write(buffer, bytes);
}

function readTensor(memory: GuestMemory, pointer: number): RawTensor {
  const view = memory.view(pointer, TENSOR_BYTES);
  const field = (offset: number) => view.getUint32(offset, true);
  const [data, byteLength] = [field(12), field(16)];
  memory.bytes(data, byteLength);
  return {
    dimensions: readDimensions(memory, field(0), field(4)),
    number: view.getUint8(8),
    byteLength,
    data: () => memory.bytes(data, byteLength),
  };
}

/** Refuses options of language models. @throws MemoryFault, NnFailure `unsupported-operation` */
function assertNoConfig(memory: GuestMemory, pointer: number, length: number): void {
  const bytes = memory.bytes(pointer, length);
  const config = bytes.byteLength > MAX_NAME_BYTES ? undefined : memory.text(pointer, length)?.trim();
  if (config !== '' && (config === undefined || !/^\{\s*\}$/.test(config))) {
    throw new NnFailure('unsupported-operation', 'A graph takes no configuration here; give {} or nothing.');
  }
}

function refuseSingle(nn: CoreNn, context: number): never {
  nn.contexts.get(context);
  throw new NnFailure('invalid-argument', 'A graph does not generate piece by piece here; use compute.');
}
