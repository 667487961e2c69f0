/** A model's outputs in JSON: each by its name, or as Hugging Face's task has it. */
import { encodeBase64 } from '../../codecs/base64.ts';
import { writePlainTensor } from '../../codecs/plain-tensor.ts';
import { SandpiperError } from '../../errors.ts';
import { elementCount } from '../../element-types.ts';
import type { NamedOutput, PredictionTensor } from '../../service/api/predictions.ts';
import type { AnswerForm } from '../../service/api/task-shapes.ts';

/** `{"outputs": {…}}`, or with another key. JSON that a component gave stands in it as it is. */
export function writeOutputs(outputs: readonly NamedOutput[], key = 'outputs'): string {
  const members = outputs.map((output) => `${JSON.stringify(output.name)}:${writeValue(output)}`);
  return `{${JSON.stringify(key)}:{${members.join(',')}}}`;
}

/**
 * The answer of one of Hugging Face's tasks: its first output.
 *
 * @throws SandpiperError `wrong-answer` for labels that the component says in JSON and that are none
 */
export function writeTaskAnswer(
  output: NamedOutput,
  form: AnswerForm | undefined,
): { type: string; body: Buffer } {
  if (output.kind === 'media' && form?.kind !== 'sound-parts')
    return { type: output.mediaType, body: Buffer.from(output.bytes) };
  return { type: 'application/json', body: Buffer.from(inForm(output, form)) };
}

function inForm(output: NamedOutput, form: AnswerForm | undefined): string {
  switch (form?.kind) {
    case 'text': {
      if (output.kind !== 'text') return writePlain(output);
      const answer = JSON.stringify({ [form.key]: output.text });
      return form.list ? `[${answer}]` : answer;
    }
    case 'nested-labels':
      return output.kind === 'labels' ? `[${writePlain(output)}]` : writePlain(output);
    case 'sound-parts': {
      if (output.kind !== 'media') return writePlain(output);
      const blob = encodeBase64(output.bytes);
      return JSON.stringify([{ label: output.name, blob, 'content-type': output.mediaType }]);
    }
    case undefined:
      return writePlain(output);
  }
}

/** As Hugging Face's tasks have values: a tensor is its numbers, nested by its shape. */
function writePlain(output: NamedOutput): string {
  return output.kind === 'tensor' ? nest(output.name, output.tensor) : writeValue(output);
}

function writeValue(output: NamedOutput): string {
  switch (output.kind) {
    case 'json':
      return output.json;
    case 'text':
      return JSON.stringify(output.text);
    case 'labels':
      return JSON.stringify(output.labels.map(({ label, score }) => ({ label, score })));
    case 'tensor':
      return writePlainTensor({ name: output.name, ...output.tensor });
    case 'media':
      return JSON.stringify({ media_type: output.mediaType, base64: encodeBase64(output.bytes) });
  }
}

function nest(name: string, tensor: PredictionTensor): string {
  const { shape, datatype } = tensor;
  const isLong = datatype === 'INT64' || datatype === 'UINT64';
  const text = writePlainTensor({ name, ...tensor });
  const { data: flat } = JSON.parse(text, isLong ? keepDigits : undefined) as { data?: unknown[] };
  if (flat === undefined) {
    throw new SandpiperError(
      'unsupported-request',
      `Output "${name}" holds what JSON has no words for, such as NaN: ask with "outputs": ["${name}"], and it comes in base64.`,
    );
  }
  const inner = (from: number, [size = 0, ...rest]: readonly number[]): unknown => {
    const step = elementCount(rest);
    return Array.from({ length: size }, (_, at) =>
      rest.length === 0 ? flat[from + at] : inner(from + at * step, rest),
    );
  };
  return JSON.stringify(shape.length === 0 ? flat[0] : inner(0, shape));
}

/** All digits of a whole number, of which a number keeps sixteen. */
function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? JSON.rawJSON(context?.source ?? String(value)) : value;
}
