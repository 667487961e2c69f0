/**
 * From bytes to what ONNX Runtime's binding takes for one input, and back.
 *
 * The binding believes what it is told: it ignores surplus elements, takes any byte for a BOOL, cuts a string at
 * its first NUL, and gives FLOAT16 out as an array that it does not take in. So each input is checked here, no
 * matter where it came from.
 */
import { packElements, unpackElements } from '../bridge/byte-elements.ts';
import { CARRIERS, type Carrier } from './element-types.ts';
import { EngineError } from './engine-error.ts';
import { bfloat16FromFloat32 } from './onnx/bfloat16.ts';
import type { IoFacts } from './onnx/value-info.ts';

/** What the binding takes for one input. */
export interface Feed {
  type: Carrier['runtimeType'] | 'string';
  data: ArrayBufferView | readonly string[];
  dims: readonly number[];
  location: 'cpu';
}

/** BFLOAT16 itself never reaches the binding: see onnx/widen-bfloat16.ts. */
const WIDENED = CARRIERS.get('FLOAT');

/** Whether the binding takes and gives tensors of this ONNX type. */
export function isRunnable(elementType: string): boolean {
  return elementType === 'BFLOAT16' || elementType === 'STRING' || CARRIERS.has(elementType);
}

/**
 * @param bytes of FLOAT elements where the input is BFLOAT16; packed ones (bridge/byte-elements.ts) for strings
 * @throws EngineError `invalid-argument`
 */
export function feedOf(input: IoFacts, dims: readonly number[], bytes: Uint8Array): Feed {
  const { name, elementType } = input;
  const elements = dims.reduce((product, dim) => product * dim, 1);
  if (elementType === 'STRING') {
    const data = stringsOf(name, bytes);
    assertCount(name, data.length, elements);
    return { type: 'string', data, dims, location: 'cpu' };
  }
  const carrier = elementType === 'BFLOAT16' ? WIDENED : CARRIERS.get(elementType);
  if (carrier === undefined) throw refused(`Input "${name}" is ${elementType}, which cannot be given.`);
  assertCount(name, bytes.byteLength / carrier.width, elements);
  if (elementType === 'BOOL' && bytes.some((value) => value > 1)) {
    throw refused(`Input "${name}" is BOOL, each element a byte of 0 or 1, and has another value.`);
  }
  const aligned = bytes.byteOffset % carrier.width === 0 ? bytes : bytes.slice();
  const data = new carrier.array(aligned.buffer as ArrayBuffer, aligned.byteOffset, elements);
  return { type: carrier.runtimeType, data, dims, location: 'cpu' };
}

/** The elements of an output in a buffer of their own. */
export function bytesOf(elementType: string, data: ArrayBufferView | readonly string[]): Uint8Array {
  if (!ArrayBuffer.isView(data)) return packElements(data.map((text) => Buffer.from(text)));
  const { buffer, byteOffset, byteLength } = data;
  if (elementType === 'BFLOAT16')
    return bfloat16FromFloat32(new Float32Array(buffer as ArrayBuffer, byteOffset, byteLength / 4));
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return byteLength === buffer.byteLength ? bytes : bytes.slice();
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function stringsOf(name: string, packed: Uint8Array): string[] {
  return unpackElements(packed).map((element, index) => {
    if (element.includes(0))
      throw refused(`Element ${index} of input "${name}" has a NUL, which cannot be given.`);
    try {
      return UTF8.decode(element);
    } catch {
      throw refused(
        `Element ${index} of input "${name}" is not UTF-8, which the strings of a graph must be.`,
      );
    }
  });
}

function assertCount(name: string, found: number, wanted: number): void {
  if (found !== wanted)
    throw refused(`Input "${name}" has ${found} elements; its dimensions need ${wanted}.`);
}

function refused(message: string): EngineError {
  return new EngineError('invalid-argument', message);
}
