/** A component's description of its inputs, parameters and outputs, as cells of the table of `sandpiper check`. */
import type { DescriptionReport } from '../index.ts';

type Input = DescriptionReport['inputs'][number];
type Parameter = DescriptionReport['parameters'][number];
type Output = DescriptionReport['outputs'][number];

/** Most characters of a parameter's choices that are shown; `--json` has all of them. */
const MAX_CHARACTERS = 200;

export function inputCells(input: Input): string[] {
  return [input.name, kindOf(input), input.occurrence, input.description];
}

export function outputCells(output: Output): string[] {
  return [output.name, kindOf(output), output.optional ? 'optional' : 'always', output.description];
}

export function parameterCells(parameter: Parameter): string[] {
  const usual = parameter.default === undefined ? 'no default' : `default ${String(parameter.default)}`;
  return [parameter.name, rangeOf(parameter), usual, parameter.description];
}

function kindOf(value: Input | Output): string {
  switch (value.kind) {
    case 'picture':
      return `picture, ${sizeOf(value.picture)}, ${value.picture.format}`;
    case 'sound':
      return `sound, ${value.sampleRate} Hz`;
    case 'json':
      return value.schema === undefined ? 'json' : 'json with a schema';
    case 'tensor':
      return `tensor, ${value.datatype} ${value.shape.map((size) => (size === -1 ? 'any' : size)).join(' x ')}`.trimEnd();
    case 'media':
      return `media, ${value.mediaTypes.join(' or ')}`;
    case 'text':
    case 'file':
    case 'labels':
      return value.kind;
  }
}

function sizeOf(picture: Extract<Input, { kind: 'picture' }>['picture']): string {
  if (picture.size === 'exact') return `${picture.width} x ${picture.height} by ${picture.fit}`;
  return `at most ${picture.longestSide}, a multiple of ${picture.multiple}`;
}

function rangeOf(parameter: Parameter): string {
  if (parameter.kind === 'boolean') return 'boolean';
  if (parameter.kind === 'text') {
    const choices = parameter.choices?.map((choice) => JSON.stringify(choice)).join(', ');
    return choices === undefined ? 'text' : `text, one of ${choices.slice(0, MAX_CHARACTERS)}`;
  }
  const from = parameter.minimum === undefined ? '' : ` from ${parameter.minimum}`;
  const to = parameter.maximum === undefined ? '' : ` to ${parameter.maximum}`;
  return `${parameter.kind}${from}${to}`;
}
