/** Which input of a model of the open contract a bare file or text is for. */
import type { InputDescription } from './predictions.ts';

/** The inputs that take files: required ones first, then optional ones. */
export function fileInputs(inputs: readonly InputDescription[]): InputDescription[] {
  const files = inputs.filter(takesFile);
  return files.toSorted((a, b) => Number(a.occurrence === 'optional') - Number(b.occurrence === 'optional'));
}

/** The one that a body which is neither JSON nor a form is for. */
export function bareInput(inputs: readonly InputDescription[]): InputDescription | undefined {
  return fileInputs(inputs)[0] ?? inputs.find(({ kind }) => kind === 'text');
}

/** The {@link bareInput} of a model that needs no other input. */
export function soleInput(inputs: readonly InputDescription[]): InputDescription | undefined {
  const bare = bareInput(inputs);
  return inputs.every((input) => input === bare || input.occurrence === 'optional') ? bare : undefined;
}

/** The one that the sample of a manifest is for which is one file: a required one first, and of those one for files. */
export function sampleInput(inputs: readonly InputDescription[]): InputDescription | undefined {
  const required = inputs.filter(({ occurrence }) => occurrence !== 'optional');
  const [first] = [required, inputs].flatMap((some) => [
    ...some.filter(takesFile),
    ...some.filter(({ kind }) => kind !== 'tensor'),
  ]);
  return first;
}

export function takesFile({ kind }: InputDescription): boolean {
  return kind === 'picture' || kind === 'sound' || kind === 'file';
}
