/**
 * The open contract as the Open Inference Protocol has it: each input and output a tensor of its name. Files, texts and
 * JSON are elements of BYTES, as many as a repeated input has values; labels are two tensors, their scores by the name
 * with `_scores` behind it.
 */
import { invalidRequest } from '../../../errors.ts';
import { floatTensor, textTensor } from '../../api/client-tensors.ts';
import type {
  InputDescription,
  NamedInput,
  NamedOutput,
  OutputDescription,
  PredictionDescription,
} from '../../api/predictions.ts';
import type { ClientTensor, ModelPort } from '../../api/tensor-inference.ts';
import type { ModelPorts } from '../../models/component-task.ts';
import { BadDescription } from './guest-description.ts';

const SCORES = '_scores';
/** The media type of an output that may have several. */
const TYPE = '_type';

export function portsOf({ inputs, outputs }: PredictionDescription): ModelPorts {
  return {
    inputs: inputs.map(inputPort),
    outputs: outputs.flatMap(outputPorts),
    labels: new Map(),
    // Every input may be there once, or as often as it likes: a batch has no place among them.
    maxBatchSize: 0,
  };
}

/** @throws BadDescription for outputs whose tensors would have the same name */
export function assertTensorNames({ outputs }: PredictionDescription): void {
  const names = outputs.flatMap(outputPorts).map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new BadDescription(`two of its outputs would be the tensor "${twice}"`);
}

function inputPort(input: InputDescription): ModelPort {
  const { name, occurrence } = input;
  const optional = occurrence === 'optional' && { optional: true };
  if (input.kind !== 'tensor')
    return { name, datatype: 'BYTES', shape: [occurrence === 'repeated' ? -1 : 1], ...optional };
  const { datatype, shape } = input;
  // Its values one behind another, along a dimension of its own.
  return { name, datatype, shape: occurrence === 'repeated' ? [-1, ...shape] : shape, ...optional };
}

function outputPorts(output: OutputDescription): ModelPort[] {
  const { name } = output;
  switch (output.kind) {
    case 'tensor':
      return [{ name, datatype: output.datatype, shape: output.shape }];
    case 'labels':
      return [
        { name, datatype: 'BYTES', shape: [-1] },
        { name: `${name}${SCORES}`, datatype: 'FP32', shape: [-1] },
      ];
    case 'media': {
      const file: ModelPort = { name, datatype: 'BYTES', shape: [1] };
      return output.mediaTypes.length === 1 ? [file] : [file, { ...file, name: `${name}${TYPE}` }];
    }
    case 'text':
    case 'json':
      return [{ name, datatype: 'BYTES', shape: [1] }];
  }
}

/** Outputs that these tensors are of. */
export function wantedOutputs({ outputs }: PredictionDescription, tensors: readonly string[]): string[] {
  return outputs
    .filter((output) => outputPorts(output).some(({ name }) => tensors.includes(name)))
    .map(({ name }) => name);
}

export function toTensors({ outputs }: PredictionDescription, output: NamedOutput): ClientTensor[] {
  const { name } = output;
  switch (output.kind) {
    case 'text':
      return [textTensor(name, [1], [output.text])];
    case 'json':
      return [textTensor(name, [1], [output.json])];
    case 'tensor':
      return [{ name, ...output.tensor }];
    case 'labels': {
      const { labels } = output;
      const shape = [labels.length];
      const texts = labels.map(({ label }) => label);
      const scores = labels.map(({ score }) => score);
      return [textTensor(name, shape, texts), floatTensor(`${name}${SCORES}`, shape, scores)];
    }
    case 'media': {
      const file: ClientTensor = { name, datatype: 'BYTES', shape: [1], data: [output.bytes] };
      const described = outputs.find((one) => one.name === name);
      const several = described?.kind === 'media' && described.mediaTypes.length > 1;
      return several ? [file, textTensor(`${name}${TYPE}`, [1], [output.mediaType])] : [file];
    }
  }
}

/** @throws SandpiperError `invalid-request` for tensors that hold no values of the inputs */
export function toNamedInputs(
  { inputs }: PredictionDescription,
  tensors: readonly ClientTensor[],
): NamedInput[] {
  const seen = new Set<string>();
  return tensors.flatMap((tensor): NamedInput[] => {
    const { name } = tensor;
    const input = inputs.find((one) => one.name === name);
    if (input === undefined) {
      const known = inputs.map((one) => `'${one.name}'`).join(', ');
      throw invalidRequest(`unexpected input '${name.slice(0, 100)}': the model takes ${known}`);
    }
    if (seen.has(name)) throw invalidRequest(`input '${name}' already exists in request`);
    seen.add(name);
    if (input.kind === 'tensor') return tensorValues(tensor, input.occurrence === 'repeated');
    return elementsOf(tensor).map((bytes): NamedInput => {
      if (input.kind === 'text') return { name, kind: 'text', text: toText(name, bytes) };
      if (input.kind === 'json') return { name, kind: 'json', json: toText(name, bytes) };
      return { name, kind: 'file', bytes };
    });
  });
}

/** A repeated tensor has a dimension more, along which its values lie. */
function tensorValues({ name, datatype, shape, data }: ClientTensor, repeated: boolean): NamedInput[] {
  if (!repeated) return [{ name, kind: 'tensor', tensor: { datatype, shape, data } }];
  const [count, ...inner] = shape;
  if (count === undefined)
    throw invalidRequest(`input '${name}' has the shape []: its values lie along its first dimension`);
  if (count === 0) return [];
  const length = data instanceof Uint8Array ? data.byteLength : data.length;
  const size = length / count;
  if (!Number.isInteger(size))
    throw invalidRequest(`input '${name}' has the shape [${shape.join(',')}], and its data has not`);
  return Array.from({ length: count }, (_, at) => {
    const part = data.slice(at * size, (at + 1) * size);
    return { name, kind: 'tensor', tensor: { datatype, shape: inner, data: part } };
  });
}

function elementsOf({ name, datatype, shape, data }: ClientTensor): readonly Uint8Array[] {
  const [count = 1, inner = 1] = shape;
  if (
    datatype === 'BYTES' &&
    Array.isArray(data) &&
    shape.length <= 2 &&
    inner === 1 &&
    data.length === count
  )
    return data as readonly Uint8Array[];
  throw invalidRequest(
    `unexpected input '${name}' of ${datatype} and shape [${shape.join(',')}]: expected BYTES of [N] or [N,1], an element for each value`,
  );
}

function toText(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw invalidRequest(`input '${name}' is no text in UTF-8`);
  }
}
