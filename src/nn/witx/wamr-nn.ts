/**
 * `wasi_nn`, the older core ABI of WAMR: builders and dimensions behind one more pointer, four tensor types, data
 * whose length follows from their type, and an output's size in and out through one pointer.
 */
import type { CoreNn, RawTensor } from './core-nn.ts';
import { abiCalls } from './nn-errno.ts';
import type { GuestMemory } from './guest-memory.ts';
import {
  readBuilders,
  readDimensions,
  readName,
  writeOutput,
  type CoreFunction,
} from './wasi-ephemeral-nn.ts';

/** Size of `tensor`: dimensions, type, data. */
const TENSOR_BYTES = 12;

/** @param explain logs why a call was refused, which the ABI cannot express */
export function wamrNn(nn: CoreNn, memory: GuestMemory, explain: (message: string) => void) {
  const { call, give } = abiCalls(memory, explain);
  return {
    load: (builders: number, encoding: number, target: number, out: number) =>
      give(out, () => {
        const view = memory.view(builders, 8);
        const found = readBuilders(memory, view.getUint32(0, true), view.getUint32(4, true));
        return nn.load(found, encoding, target);
      }),
    load_by_name: (name: number, length: number, out: number) =>
      give(out, () => nn.loadByName(readName(memory, name, length))),
    init_execution_context: (graph: number, out: number) => give(out, () => nn.initExecutionContext(graph)),
    set_input: (context: number, index: number, tensor: number) =>
      call(() => nn.setInput(context, index, readTensor(memory, tensor))),
    compute: (context: number) => call(() => nn.contexts.get(context).compute()),
    get_output: (context: number, index: number, buffer: number, size: number) =>
      call(() => {
        const room = memory.u32(size);
        const bytes = nn.output(context, index);
        // Set before the output is copied, so that a guest whose buffer is too small learns the size that it needs.
        memory.setU32(size, bytes.byteLength);
        writeOutput(memory, bytes, buffer, room);
      }),
  } satisfies Record<string, CoreFunction>;
}

function readTensor(memory: GuestMemory, pointer: number): RawTensor {
  const view = memory.view(pointer, TENSOR_BYTES);
  const dimensions = memory.view(view.getUint32(0, true), 8);
  const data = view.getUint32(8, true);
  return {
    dimensions: readDimensions(memory, dimensions.getUint32(0, true), dimensions.getUint32(4, true)),
    number: view.getUint32(4, true),
    byteLength: undefined,
    data: (byteLength = 0) => memory.bytes(data, byteLength),
  };
}
