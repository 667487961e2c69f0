/** One output of a component held against what the component said that it would be. */
import { elementCount, VALUE_TYPE_BYTES } from '../../element-types.ts';
import type { GuestOutput, GuestTensor } from './guest-values.ts';
import type { JsonCheck } from './json-check.ts';
import type { OutputTerms } from './prediction-terms.ts';

/** The end of a sentence that begins with "The component gave". */
export class WrongAnswer extends Error {}

const MAX_DIMENSIONS = 64;

/** A component's own name for something, in a message. */
export function shown(name: string): string {
  return JSON.stringify(name.slice(0, 100));
}

/** @throws WrongAnswer */
export function assertOutput(
  { name, value }: GuestOutput,
  terms: OutputTerms | undefined,
  json: JsonCheck | undefined,
): void {
  const output = `the output ${shown(name)}`;
  if (terms === undefined) throw new WrongAnswer(`${output}, of which it has not said that there is one`);
  if (value.tag !== terms.kind) throw new WrongAnswer(`${output} as ${value.tag}, and said ${terms.kind}`);
  switch (value.tag) {
    case 'json': {
      const fault = json?.fault(value.val);
      if (fault !== undefined) throw new WrongAnswer(`${output}, which ${fault}`);
      return;
    }
    case 'labels': {
      const odd = value.val.find(({ score }) => !Number.isFinite(score));
      if (odd !== undefined)
        throw new WrongAnswer(`${output} with the score ${odd.score}, which is no number`);
      return;
    }
    case 'tensor':
      if (terms.kind === 'tensor') assertTensor(output, value.val, terms);
      return;
    case 'media': {
      const { mediaType } = value.val;
      if (terms.kind === 'media' && !terms.mediaTypes.includes(mediaType)) {
        const said = terms.mediaTypes.join(', ');
        throw new WrongAnswer(`${output} of type ${shown(mediaType)}, and said ${said}`);
      }
      return;
    }
    case 'text':
      return;
  }
}

function assertTensor(
  output: string,
  { elementType, shape, data }: GuestTensor,
  said: Extract<OutputTerms, { kind: 'tensor' }>,
): void {
  if (elementType !== said.elementType) {
    throw new WrongAnswer(`${output} with elements of ${elementType}, and said ${said.elementType}`);
  }
  if (shape.length > MAX_DIMENSIONS) throw new WrongAnswer(`${output} with ${shape.length} dimensions`);
  const fits =
    shape.length === said.shape.length &&
    said.shape.every((size, at) => size === undefined || size === shape[at]);
  if (!fits) {
    const wanted = said.shape.map((size) => size ?? 'any').join(', ');
    throw new WrongAnswer(`${output} of shape [${shape.join(', ')}], and said [${wanted}]`);
  }
  const elements = elementCount(shape);
  const bytes = elementType === 'text' ? textBytes(data, elements) : elements * VALUE_TYPE_BYTES[elementType];
  if (bytes !== data.byteLength) {
    throw new WrongAnswer(`${output} of shape [${shape.join(', ')}] with ${data.byteLength} bytes of data`);
  }
  if (elementType === 'boolean' && data.some((byte) => byte > 1)) {
    throw new WrongAnswer(`${output} with a boolean that is neither 0 nor 1`);
  }
}

/** Bytes that so many texts take, each behind its length; NaN where they are not where their lengths say. */
function textBytes(data: Uint8Array, elements: number): number {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  for (let element = 0; element < elements; element++) {
    if (at + 4 > data.byteLength) return NaN;
    at += 4 + view.getUint32(at, true);
  }
  return at;
}
