/** A request's values held against the inputs that the component describes, before any file is decoded. */
import { inputTooLarge, invalidRequest } from '../../../errors.ts';
import { MAX_VALUES, type InputDescription, type NamedInput } from '../../api/predictions.ts';

/** An input with its values, in their order. */
export interface GivenInput {
  input: InputDescription;
  values: readonly NamedInput[];
}

const KIND_OF: Readonly<Record<InputDescription['kind'], NamedInput['kind']>> = {
  picture: 'file',
  sound: 'file',
  file: 'file',
  text: 'text',
  json: 'json',
  tensor: 'tensor',
};

/**
 * @param fileBytes that a file may have
 * @returns the inputs that were given, in the order of the description
 * @throws SandpiperError `invalid-request`, `input-too-large`
 */
export function checkInputs(
  described: readonly InputDescription[],
  given: readonly NamedInput[],
  fileBytes: number,
): GivenInput[] {
  const names = described.map(({ name }) => name);
  const stray = given.find(({ name }) => !names.includes(name));
  if (stray !== undefined) {
    throw invalidRequest(
      `There is no input "${stray.name.slice(0, 100)}" here: there are ${names.join(', ')}.`,
    );
  }
  return described.flatMap((input) => {
    const values = given.filter(({ name }) => name === input.name);
    if (values.length === 0 && input.occurrence === 'optional') return [];
    assertCount(input, values.length);
    for (const value of values) assertKind(input, value, fileBytes);
    return [{ input, values }];
  });
}

function assertCount({ name, kind, occurrence }: InputDescription, count: number): void {
  if (count === 0) throw invalidRequest(`Input "${name}" is missing: expected ${wordOf(kind)}.`);
  if (count > 1 && occurrence !== 'repeated')
    throw invalidRequest(`Input "${name}" was given ${count} values: expected one ${kind}.`);
  if (count > MAX_VALUES)
    throw invalidRequest(`Input "${name}" was given ${count} values: expected at most ${MAX_VALUES}.`);
}

function assertKind(input: InputDescription, value: NamedInput, fileBytes: number): void {
  const { name, kind } = input;
  if (value.kind !== KIND_OF[kind]) {
    throw invalidRequest(`Input "${name}" was given as ${value.kind}: expected ${wordOf(kind)}.`);
  }
  if (value.kind === 'file' && value.bytes.byteLength > fileBytes) {
    throw inputTooLarge(
      `The file of input "${name}" is too large: this service takes at most ${fileBytes} bytes.`,
    );
  }
  // Half of a surrogate pair would silently become another character.
  if (value.kind === 'text' && !value.text.isWellFormed())
    throw invalidRequest(`Input "${name}" is no well-formed text: a character of it is cut in two.`);
}

function wordOf(kind: InputDescription['kind']): string {
  return kind === 'picture' || kind === 'sound' ? `the file of a ${kind}` : kind;
}
