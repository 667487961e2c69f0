/** Sizes and times with units, `25MB` and `10s`, in settings and manifests. */
import { z } from 'zod';

/** Unit of a number; `none` for counts. */
export type Unit = 'bytes' | 'ms' | 'seconds' | 'none';

const SIZES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};
const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1e3, min: 6e4, m: 6e4, h: 3.6e6 };

const FACTORS: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  bytes: SIZES,
  ms: MILLISECONDS,
  seconds: Object.fromEntries(Object.entries(MILLISECONDS).map(([name, ms]) => [name, ms / 1e3])),
  none: {},
};

const EXAMPLES: Readonly<Record<Unit, string>> = {
  bytes: ', or a size such as 25MB',
  ms: ', or a time such as 10s',
  seconds: ', or a time such as 30min',
  none: '',
};

/** The unit by the suffix of a setting's name: `uploadBytes`, `graceMs`, `soundSeconds`. */
export function unitOf(name: string): Unit {
  if (/Bytes(PerSecond|InFlight)?$/.test(name)) return 'bytes';
  if (name.endsWith('Ms')) return 'ms';
  return name.endsWith('Seconds') ? 'seconds' : 'none';
}

/** Parses `25MB`, `1.5 GiB`, `10s`, or digits alone; undefined for anything else. */
export function parseQuantity(text: string, unit: Unit): number | undefined {
  const [, digits, name = ''] = /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*([a-z]*)\s*$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  if (name === '') return Number(digits);
  const factor = FACTORS[unit][name.toLowerCase()];
  // Rounds away the error of a decimal fraction.
  return factor === undefined ? undefined : Number((Number(digits) * factor).toFixed(3));
}

/** Formats a number in the largest unit that fits: `25MB`, `64MiB`, `10s`. */
export function formatQuantity(value: number, unit: Unit): string {
  const names = {
    bytes: ['GiB', 'GB', 'MiB', 'MB', 'KiB', 'kB'],
    ms: ['min', 's', 'ms'],
    seconds: ['min', 's'],
    none: [],
  };
  for (const name of names[unit]) {
    const amount = value / (FACTORS[unit][name.toLowerCase()] ?? 1);
    if (amount >= 1 && Number.isInteger(amount)) return `${amount}${name}`;
  }
  if (unit === 'bytes' && value >= 2 ** 20) return `${Math.floor(value / 2 ** 20)}MiB`;
  return String(value);
}

/** Schema of a whole number within bounds, or of text with a unit. */
export function quantity(unit: Unit, min: number, max = Number.MAX_SAFE_INTEGER) {
  const bounds = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  const error = `expected a whole number ${bounds}${EXAMPLES[unit]}`;
  return z.union([z.number(), z.string()], { error }).transform((given, context): number => {
    const value =
      typeof given === 'number' ? given : unit === 'none' ? undefined : parseQuantity(given, unit);
    if (value !== undefined && Number.isInteger(value) && value >= min && value <= max) return value;
    context.addIssue({ code: 'custom', message: error });
    return z.NEVER;
  });
}
