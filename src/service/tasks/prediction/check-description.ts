/** Checks a component's description of itself, and converts it to the service's types. */
import { DATATYPE_OF } from '../../../element-types.ts';
import { placedInputFault, type PlacedInput } from '../../../media/placed-input.ts';
import type {
  InputDescription,
  OutputDescription,
  ParameterDescription,
  PredictionDescription,
  TensorKind,
} from '../../api/predictions.ts';
import { readSchema } from './read-schema.ts';
import {
  type GuestDescription,
  type GuestInputKind,
  type GuestOutputKind,
  type GuestParameterKind,
  type GuestPictureInput,
  type GuestRange,
  type GuestTensorPort,
  BadDescription,
} from './guest-description.ts';

const MOST = { inputs: 32, parameters: 64, outputs: 32, choices: 256, mediaTypes: 16, dimensions: 16 };
const MAX_CHARACTERS = 1_000;
/** Most characters of a whole description as JSON: it is a part of the API's description and of the page's models. */
const MAX_ALL_CHARACTERS = 262_144;
const NAME = /^[A-Za-z0-9._-]{1,64}$/;
const MEDIA_TYPE = /^[a-z]+\/[a-z0-9][a-z0-9.+-]{0,62}$/;
const [LOWEST_RATE, HIGHEST_RATE] = [8_000, 48_000];

/** Names that parameters of the Open Inference Protocol have there. */
const RESERVED =
  /^(?:priority|timeout|binary_data_output|headers|sequence_(?:id|start|end)|triton_.*|__proto__)$/;

/** Schemas that the manifest states, by name. */
export interface StatedSchemas {
  inputs: Readonly<Record<string, unknown>>;
  outputs: Readonly<Record<string, unknown>>;
}

/** @throws BadDescription */
export function checkDescription(
  { inputs, parameters, outputs }: GuestDescription,
  stated: StatedSchemas = { inputs: {}, outputs: {} },
): PredictionDescription {
  const lists = { inputs, parameters, outputs };
  const { length } = JSON.stringify(lists, (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  );
  if (length > MAX_ALL_CHARACTERS)
    throw new BadDescription(`it has ${length} characters as JSON, expected at most ${MAX_ALL_CHARACTERS}`);
  for (const [name, list] of Object.entries(lists)) {
    const most = MOST[name as keyof typeof lists];
    if (list.length > most)
      throw new BadDescription(`it has ${list.length} ${name}, expected at most ${most}`);
    assertNames(name.slice(0, -1), list);
  }
  if (outputs.length === 0) throw new BadDescription('it has no output');
  assertStated(inputs, stated.inputs);
  assertStated(outputs, stated.outputs);
  return {
    inputs: inputs.map(({ name, description, kind, occurrence }): InputDescription => {
      const what = `input "${name}"`;
      return { name, description, occurrence, ...toInputKind(what, kind, stated.inputs[name]) };
    }),
    parameters: parameters.map(({ name, description, kind }): ParameterDescription => {
      const what = `parameter "${name}"`;
      if (RESERVED.test(name)) throw new BadDescription(`${what} has a name that the protocols here use`);
      return { name, description, ...toParameterKind(what, kind) };
    }),
    outputs: outputs.map(({ name, description, kind, optional }): OutputDescription => {
      const what = `output "${name}"`;
      return { name, description, optional, ...toOutputKind(what, kind, stated.outputs[name]) };
    }),
  };
}

/** Omits from each member of a union. */
type KindOf<Described> = Described extends unknown
  ? Omit<Described, 'name' | 'description' | 'occurrence' | 'optional'>
  : never;

function toInputKind(what: string, kind: GuestInputKind, stated: unknown): KindOf<InputDescription> {
  switch (kind.tag) {
    case 'picture':
      return { kind: 'picture', picture: toPicture(what, kind.val) };
    case 'sound': {
      const { sampleRate } = kind.val;
      if (sampleRate >= LOWEST_RATE && sampleRate <= HIGHEST_RATE) return { kind: 'sound', sampleRate };
      throw new BadDescription(
        `the sample-rate of ${what} is ${sampleRate}, expected ${LOWEST_RATE} to ${HIGHEST_RATE}`,
      );
    }
    case 'json':
      return { kind: 'json', ...toSchema(what, kind.val, stated) };
    case 'tensor':
      return { kind: 'tensor', ...toTensorKind(what, kind.val) };
    case 'text':
    case 'file':
      return { kind: kind.tag };
  }
}

function toOutputKind(what: string, kind: GuestOutputKind, stated: unknown): KindOf<OutputDescription> {
  switch (kind.tag) {
    case 'json':
      return { kind: 'json', ...toSchema(what, kind.val, stated) };
    case 'tensor':
      return { kind: 'tensor', ...toTensorKind(what, kind.val) };
    case 'media': {
      const mediaTypes = [...kind.val];
      const fits = mediaTypes.length > 0 && mediaTypes.length <= MOST.mediaTypes;
      if (!fits || !mediaTypes.every((type) => MEDIA_TYPE.test(type)))
        throw new BadDescription(`${what} needs 1 to ${MOST.mediaTypes} media types such as image/png`);
      return { kind: 'media', mediaTypes };
    }
    case 'text':
    case 'labels':
      return { kind: kind.tag };
  }
}

function toParameterKind(what: string, kind: GuestParameterKind): KindOf<ParameterDescription> {
  switch (kind.tag) {
    case 'boolean':
      return { kind: 'boolean', ...(kind.val !== undefined && { default: kind.val }) };
    case 'integer':
    case 'number':
      return { kind: kind.tag, ...toRange(what, kind.val) };
    case 'text': {
      const { choices, default: usual } = kind.val;
      const texts = usual === undefined ? choices : [...choices, usual];
      if (choices.length > MOST.choices || texts.some((text) => text.length > MAX_CHARACTERS)) {
        throw new BadDescription(
          `${what} has more than ${MOST.choices} choices, or one of more than ${MAX_CHARACTERS} characters`,
        );
      }
      if (usual !== undefined && choices.length > 0 && !choices.includes(usual))
        throw new BadDescription(`the default of ${what} is none of its choices`);
      return {
        kind: 'text',
        ...(choices.length > 0 && { choices: [...choices] }),
        ...(usual !== undefined && { default: usual }),
      };
    }
  }
}

type Range = { minimum?: number; maximum?: number; default?: number };

function toRange(what: string, range: GuestRange<bigint | number>): Range {
  const given = Object.entries(range).filter(
    (entry): entry is [string, bigint | number] => entry[1] !== undefined,
  );
  const numbers: Range = Object.fromEntries(given.map(([key, value]) => [key, Number(value)]));
  for (const [key, value] of given) {
    const isExact = typeof value === 'bigint' ? Number.isSafeInteger(Number(value)) : Number.isFinite(value);
    if (!isExact) throw new BadDescription(`the ${key} of ${what} is ${value}, which clients cannot say`);
  }
  const {
    minimum = -Infinity,
    maximum = Infinity,
    default: usual = Math.max(minimum, Math.min(0, maximum)),
  } = numbers;
  if (minimum > maximum) throw new BadDescription(`the minimum of ${what} is above its maximum`);
  if (usual < minimum || usual > maximum)
    throw new BadDescription(`the default of ${what} is out of its range`);
  return numbers;
}

function toPicture(what: string, { size, filter, format, regions }: GuestPictureInput): PlacedInput {
  const rest = { filter, format, regions };
  const picture: PlacedInput =
    size.tag === 'exact'
      ? { size: 'exact', ...size.val, ...rest }
      : { size: 'bounded', ...size.val, ...rest };
  const fault = placedInputFault(picture);
  if (fault !== undefined) throw new BadDescription(`${what} cannot be made: ${fault}`);
  return picture;
}

function toTensorKind(what: string, { elementType, shape }: GuestTensorPort): TensorKind {
  if (shape.length > MOST.dimensions)
    throw new BadDescription(`${what} has ${shape.length} dimensions, expected at most ${MOST.dimensions}`);
  return { datatype: DATATYPE_OF[elementType], shape: Array.from(shape, (size) => size ?? -1) };
}

function toSchema(
  what: string,
  own: string | undefined,
  stated: unknown,
): { schema?: Readonly<Record<string, unknown>> } {
  const text = stated === undefined ? own : JSON.stringify(stated);
  return text === undefined ? {} : { schema: readSchema(what, text) };
}

function assertNames(what: string, list: readonly { name: string; description: string }[]): void {
  const seen = new Set<string>();
  for (const { name, description } of list) {
    const shown = JSON.stringify(name.slice(0, 100));
    if (!NAME.test(name))
      throw new BadDescription(
        `the name ${shown} of an ${what} is no 1 to 64 letters, digits, dots, dashes and underscores`,
      );
    if (seen.has(name)) throw new BadDescription(`two ${what}s have the name ${shown}`);
    if (description.length > MAX_CHARACTERS)
      throw new BadDescription(
        `the description of ${what} ${shown} has more than ${MAX_CHARACTERS} characters`,
      );
    seen.add(name);
  }
}

function assertStated(
  described: readonly { name: string; kind: { tag: string } }[],
  stated: Readonly<Record<string, unknown>>,
): void {
  const stray = Object.keys(stated).find(
    (name) => described.find((one) => one.name === name)?.kind.tag !== 'json',
  );
  if (stray !== undefined)
    throw new BadDescription(
      `model.json states a JSON schema for "${stray}", and the component has no JSON of this name`,
    );
}
