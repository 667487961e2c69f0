/** Calls the engine's library without end, by each function that a guest thread uses, until it is terminated. */
import { parentPort, workerData } from 'node:worker_threads';
import { elementTypeNumber } from '../../src/element-types.ts';
import { addressOf } from '../../src/engine/native/koffi.ts';
import { OnnxRuntime, type RuntimeHandle } from '../../src/engine/backends/onnx/runtime/runtime.ts';

const { values } = OnnxRuntime.attach(workerData as RuntimeHandle);
const cells = new BigUint64Array(new ArrayBuffer(8));
const bytes = new Uint8Array(new ArrayBuffer(400));
const packed = Uint8Array.of(2, 0, 0, 0, 104, 105);
parentPort?.postMessage('up');
for (;;) {
  values.create({ bytes, dimensions: [100], elementType: elementTypeNumber('FLOAT') }, addressOf(cells));
  values.read(cells[0] ?? 0n, values.facts(cells[0] ?? 0n));
  values.release(cells[0] ?? 0n);
  values.create(
    { bytes: packed, dimensions: [1], elementType: elementTypeNumber('STRING') },
    addressOf(cells),
  );
  values.read(cells[0] ?? 0n, values.facts(cells[0] ?? 0n));
  values.release(cells[0] ?? 0n);
}
