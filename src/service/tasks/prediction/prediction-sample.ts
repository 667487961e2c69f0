/** A model's own sample, whose inputs and expected outputs its manifest has by name. */
import { readPlainTensor } from '../../../codecs/plain-tensor.ts';
import { SERVICE_LIMITS } from '../../../config/limits.ts';
import { type SandpiperError, invalidModel } from '../../../errors.ts';
import { isManifestFile, isSoleFile } from '../../../repository/manifest.ts';
import type {
  InputDescription,
  NamedInput,
  PredictionAnswer,
  PredictionDescription,
  PredictOptions,
} from '../../api/predictions.ts';
import type { SampleAnswer } from '../../models/component-task.ts';
import type { ServedComponent } from '../../models/served-component.ts';
import { expectationFault, showOutput } from './expectation.ts';

type Folder = ServedComponent['folder'];

/** @throws SandpiperError `invalid-model` for a sample that is not of the component's inputs, or another answer */
export async function answerSample(
  { name, manifest, sampleFiles }: Folder,
  description: PredictionDescription,
  predict: (inputs: readonly NamedInput[], options: PredictOptions) => Promise<PredictionAnswer>,
): Promise<SampleAnswer> {
  const { sample } = manifest;
  const title = titleOf(sample);
  const inputs = sampleInputs(name, { manifest, sampleFiles }, description.inputs);
  const { outputs } = await predict(inputs, { parameters: sample.parameters });
  const [first] = outputs;
  const expected = typeof sample.expect === 'string' ? { [first?.name ?? '']: sample.expect } : sample.expect;
  for (const [output, wanted] of Object.entries(expected)) {
    const found = outputs.find((one) => one.name === output);
    const fault = expectationFault(found, wanted, sample.tolerance);
    if (fault === undefined) continue;
    throw invalidModel(
      `Cannot serve model ${name}: of its sample ${title}, output ${output} ${fault}; mend the model, or correct what is expected.`,
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
  model: string,
  { manifest: { sample }, sampleFiles }: Pick<Folder, 'manifest' | 'sampleFiles'>,
  described: readonly InputDescription[],
): NamedInput[] {
  if (isSoleFile(sample)) {
    const [bytes] = sampleFiles.get('') ?? [];
    const required = described.filter(({ occurrence }) => occurrence !== 'optional');
    const input = [...required, ...described].find(({ kind }) =>
      ['picture', 'sound', 'file', 'text', 'json'].includes(kind),
    );
    if (input === undefined || bytes === undefined) throw noInput(model, 'its one file');
    return [toNamedInput(input, bytes)];
  }
  return Object.entries(sample.inputs).flatMap(([name, value]) => {
    const input = described.find((one) => one.name === name);
    if (input === undefined) throw noInput(model, name);
    const files = [...(sampleFiles.get(name) ?? [])];
    const values = input.occurrence === 'repeated' && Array.isArray(value) ? value : [value];
    return values.map((one) => toNamedInput(input, isManifestFile(one) ? (files.shift() ?? one) : one));
  });
}

function toNamedInput(input: InputDescription, value: unknown): NamedInput {
  const { name } = input;
  const bytes = value instanceof Uint8Array ? value : undefined;
  switch (input.kind) {
    case 'picture':
    case 'sound':
    case 'file':
      return { name, kind: 'file', bytes: bytes ?? Buffer.from(String(value)) };
    case 'text':
      return { name, kind: 'text', text: bytes ? textOf(bytes) : String(value) };
    case 'json':
      return { name, kind: 'json', json: bytes ? textOf(bytes) : JSON.stringify(value) };
    case 'tensor':
      return { name, kind: 'tensor', tensor: readPlainTensor(input, value, SERVICE_LIMITS.bytesElements) };
  }
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

function noInput(model: string, what: string): SandpiperError {
  return invalidModel(`Cannot serve model ${model}: its component has no input for ${what} of the sample.`);
}
