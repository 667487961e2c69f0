/** A request's parameters held against what the component describes. */
import { type SandpiperError, invalidRequest } from '../../../errors.ts';
import type { GuestRequest } from '../../../sandbox/prediction/guest-values.ts';
import type { ParameterDescription, PredictionDescription } from '../../api/predictions.ts';

type GuestParameter = GuestRequest['parameters'][number];

/**
 * As the component gets them: those that were left out, which null says in JSON, with their defaults.
 *
 * @throws SandpiperError `invalid-request`
 */
export function checkParameters(
  { inputs, parameters: described }: Pick<PredictionDescription, 'inputs' | 'parameters'>,
  given: Readonly<Record<string, unknown>>,
): GuestParameter[] {
  const names = described.map(({ name }) => name);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const known = names.length === 0 ? 'it takes none' : `it takes ${names.join(', ')}`;
    throw invalidRequest(
      `There is no parameter "${unknown.slice(0, 100)}" for this model: ${known} beside its inputs, ${inputs.map(({ name }) => name).join(', ')}.`,
    );
  }
  return described.flatMap((parameter) => {
    const stated = Object.hasOwn(given, parameter.name) ? given[parameter.name] : undefined;
    const value = stated ?? parameter.default;
    return value === undefined ? [] : [toGuestParameter(parameter, value)];
  });
}

function toGuestParameter(parameter: ParameterDescription, given: unknown): GuestParameter {
  const { name } = parameter;
  // Doors that keep all digits of JSON give a bigint for a long number.
  const value = typeof given === 'bigint' ? Number(given) : given;
  switch (parameter.kind) {
    case 'boolean':
      if (typeof value !== 'boolean') throw refused(name, value, 'true or false');
      return { name, value: { tag: 'boolean', val: value } };
    case 'integer':
      if (!Number.isSafeInteger(value) || !isWithin(parameter, value as number))
        throw refused(name, value, `a whole number${rangeOf(parameter)}`);
      return { name, value: { tag: 'integer', val: BigInt(value as number) } };
    case 'number':
      if (typeof value !== 'number' || !Number.isFinite(value) || !isWithin(parameter, value))
        throw refused(name, value, `a number${rangeOf(parameter)}`);
      return { name, value: { tag: 'number', val: value } };
    case 'text':
      if (typeof value !== 'string' || parameter.choices?.includes(value) === false)
        throw refused(name, value, textOf(parameter.choices));
      if (!value.isWellFormed()) throw refused(name, value, 'text of whole characters');
      return { name, value: { tag: 'text', val: value } };
  }
}

interface Range {
  minimum?: number;
  maximum?: number;
}

function isWithin({ minimum = -Infinity, maximum = Infinity }: Range, value: number): boolean {
  return value >= minimum && value <= maximum;
}

function rangeOf({ minimum, maximum }: Range): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` from ${minimum}`;
  return maximum === undefined ? '' : ` up to ${maximum}`;
}

/** Most characters of a refusal that show choices, and what was given. */
const MAX_SHOWN = { choices: 500, given: 40 };

function textOf(choices: readonly string[] | undefined): string {
  if (choices === undefined) return 'a text';
  return `one of ${shortened(choices.map((choice) => JSON.stringify(choice)).join(', '), MAX_SHOWN.choices)}`;
}

function refused(name: string, value: unknown, expected: string): SandpiperError {
  // JSON would show NaN as null.
  const got = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
  return invalidRequest(`Parameter "${name}" is ${shortened(got, MAX_SHOWN.given)}: expected ${expected}.`);
}

function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
