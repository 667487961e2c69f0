/** Triton's classification extension: the best classes of an output as text, `value:index[:label]`. */
import { SandpiperError, invalidRequest } from '../../errors.ts';
import { elementCount } from '../../element-types.ts';
import { textTensor } from '../../service/api/client-tensors.ts';
import type {
  ClientTensor,
  Datatype,
  ModelDescription,
  ModelPort,
} from '../../service/api/tensor-inference.ts';
import { ELEMENT_FORMATS } from '../../codecs/element-formats.ts';
import { alignedBuffer } from '../../codecs/json-tensor.ts';

/** Most elements, since sorting blocks the main thread. */
const MAX_ELEMENTS = 100_000;

type Values = ArrayLike<number | bigint>;

/** @throws SandpiperError `invalid-request` for an output of another datatype */
export function assertClassifiable({ datatype }: ModelPort): void {
  if (ELEMENT_FORMATS[datatype]?.view !== undefined) return;
  throw invalidRequest(`class result not available for output due to unsupported type '${datatype}'`);
}

/**
 * The best `count` classes of each batch element, best first; equal values by lower index.
 *
 * @param outputs all outputs of the answer: one may hold the class indices of a ranked output
 * @throws SandpiperError `unsupported-request` for an output of too many elements
 */
export function classify(
  output: ClientTensor,
  count: number,
  { maxBatchSize, labels, ranked }: ModelDescription,
  outputs: readonly ClientTensor[],
): ClientTensor {
  const { name, shape } = output;
  const batched = maxBatchSize > 0 && shape.length > 0;
  const rows = batched ? (shape[0] ?? 0) : 1;
  const width = elementCount(batched ? shape.slice(1) : shape);
  if (rows * width > MAX_ELEMENTS) {
    throw new SandpiperError(
      'unsupported-request',
      `output '${name}' has ${rows * width} elements: at most ${MAX_ELEMENTS} are given as classes`,
    );
  }
  const values = valuesOf(output);
  const indices = outputs.find((other) => other.name === ranked?.get(name)?.indices);
  const classes = indices && valuesOf(indices);
  const texts = Array.from({ length: rows }, (_, row) =>
    best(values, row * width, width, count).map((at) => {
      const index = Number(classes?.[at] ?? at - row * width);
      const label = labels.get(name)?.[index];
      return `${toText(values[at] ?? 0, output.datatype)}:${index}${label === undefined ? '' : `:${label}`}`;
    }),
  );
  const kept = Math.min(count, width);
  return textTensor(name, batched ? [rows, kept] : [kept], texts.flat());
}

function valuesOf({ datatype, data }: ClientTensor): Values {
  return ELEMENT_FORMATS[datatype]?.view?.(alignedBuffer(data as Uint8Array)) ?? [];
}

function best(values: Values, from: number, width: number, count: number): number[] {
  const order = Uint32Array.from({ length: width }, (_, index) => from + index);
  order.sort((a, b) => compare(values[b], values[a]) || a - b);
  return [...order.subarray(0, count)];
}

/** Orders NaN below everything. */
function compare(a: number | bigint = NaN, b: number | bigint = NaN): number {
  if (a === b) return 0;
  return a > b || Number.isNaN(b) ? 1 : -1;
}

/** Formats a number like C++'s to_string. */
function toText(value: number | bigint, datatype: Datatype): string {
  return typeof value === 'number' && datatype.startsWith('FP') ? value.toFixed(6) : String(value);
}
