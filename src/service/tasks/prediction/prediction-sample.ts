/** A model's own sample, whose inputs and expected outputs its manifest has by name. */
import { readPlainTensor } from '../../../codecs/plain-tensor.ts';
import { SERVICE_LIMITS } from '../../../config/limits.ts';
import { type SandpiperError, invalidModel } from '../../../errors.ts';
import { isManifestFile, isSoleFile } from '../../../repository/manifest.ts';
import { sampleInput } from '../../api/bare-input.ts';
import type {
  InputDescription,
  NamedInput,
  PredictionAnswer,
  PredictionDescription,
  PredictOptions,
} from '../../api/predictions.ts';
import type { SampleAnswer } from '../../models/component-task.ts';
import type { ServedComponent } from '../../models/served-component.ts';
import { cut, expectationFault, showOutput } from './expectation.ts';

type Folder = ServedComponent['folder'];

/** @throws SandpiperError `invalid-model` for a sample that is not of the component's inputs, or another answer */
export async function answerSample(
  folder: Folder,
  description: PredictionDescription,
  predict: (inputs: readonly NamedInput[], options: PredictOptions) => Promise<PredictionAnswer>,
): Promise<SampleAnswer> {
  const { sample } = folder.manifest;
  const title = titleOf(sample);
  const inputs = sampleInputs(folder, description.inputs);
  const { outputs } = await predict(inputs, { parameters: sample.parameters });
  const [first] = outputs;
  const expected = typeof sample.expect === 'string' ? { [first?.name ?? '']: sample.expect } : sample.expect;
  const there = description.outputs.map((output) => output.name);
  const stray = Object.keys(expected).find((output) => !there.includes(output));
  if (stray !== undefined && first !== undefined) {
    throw invalidModel(
      `Cannot serve model ${folder.name}: its sample expects the output "${stray}", and its component has ${there.join(', ')}.`,
    );
  }
  for (const [output, wanted] of Object.entries(expected)) {
    const found = outputs.find((one) => one.name === output);
    const fault = expectationFault(found, wanted, sample.tolerance);
    if (fault === undefined) continue;
    throw invalidModel(
      `Cannot serve model ${folder.name}: of its sample ${title}, output ${output} ${fault}; mend the model, or correct what is expected.`,
    );
  }
  return { sample: title, answer: first === undefined ? 'nothing' : showOutput(first) };
}

/** Its file, where there is nothing else; the names of its inputs otherwise. */
function titleOf(sample: Folder['manifest']['sample']): string {
  if (isSoleFile(sample)) return sample.file;
  const [value, ...others] = Object.values(sample.inputs);
  return others.length === 0 && isManifestFile(value) ? value.file : Object.keys(sample.inputs).join(', ');
}

function sampleInputs(
  { name: model, manifest: { sample }, sampleFiles }: Folder,
  described: readonly InputDescription[],
): NamedInput[] {
  if (isSoleFile(sample)) {
    const [bytes] = sampleFiles.get('') ?? [];
    const input = sampleInput(described);
    if (input === undefined || bytes === undefined) throw noInput(model, 'its one file', described);
    return [toNamedInput(model, input, bytes)];
  }
  return Object.entries(sample.inputs).flatMap(([name, value]) => {
    const input = described.find((one) => one.name === name);
    if (input === undefined) throw noInput(model, name, described);
    const files = [...(sampleFiles.get(name) ?? [])];
    const values = input.occurrence === 'repeated' && Array.isArray(value) ? value : [value];
    return values.map((one) =>
      toNamedInput(model, input, isManifestFile(one) ? (files.shift() ?? one) : one),
    );
  });
}

function toNamedInput(model: string, input: InputDescription, value: unknown): NamedInput {
  const { name } = input;
  const bytes = value instanceof Uint8Array ? value : undefined;
  switch (input.kind) {
    case 'picture':
    case 'sound':
      if (bytes === undefined) throw wrongValue(model, name, value, '{"file": "…"}');
      return { name, kind: 'file', bytes };
    case 'file':
      if (bytes !== undefined) return { name, kind: 'file', bytes };
      if (typeof value !== 'string') throw wrongValue(model, name, value, '{"file": "…"}, or its text');
      return { name, kind: 'file', bytes: Buffer.from(value) };
    case 'text':
      if (bytes !== undefined) return { name, kind: 'text', text: textOf(bytes) };
      if (typeof value !== 'string') throw wrongValue(model, name, value, 'a text, or {"file": "…"}');
      return { name, kind: 'text', text: value };
    case 'json':
      return { name, kind: 'json', json: bytes ? textOf(bytes) : JSON.stringify(value) };
    case 'tensor':
      return { name, kind: 'tensor', tensor: readPlainTensor(input, value, SERVICE_LIMITS.bytesElements) };
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

function wrongValue(model: string, input: string, value: unknown, expected: string): SandpiperError {
  const got = cut(JSON.stringify(value));
  return invalidModel(
    `Cannot serve model ${model}: in its sample, input "${input}" is ${got}: expected ${expected}.`,
  );
}

function noInput(model: string, what: string, described: readonly InputDescription[]): SandpiperError {
  const there = described.map(({ name }) => name).join(', ') || 'none';
  return invalidModel(
    `Cannot serve model ${model}: its component has no input for ${what} of the sample: it has ${there}.`,
  );
}
