/**
 * The component's configuration: strings in the model's manifest, by `wasi:config`.
 *
 * Each function returns the fallback if the key is absent, and also, with a failure, if its value
 * cannot be used. So a component reads all its keys first and then asks `failed()` once.
 */
import { getAllConfig } from './abi/imports/host';
import { forgetReceived, returnArea, takeString } from './abi/memory';
import { formatDecimal, parseDecimal } from './decimal';
import { FailureKind, fail } from './failure';

// Read in one call at first use, since each call across the boundary costs more than a look-up here.
let read: bool = false;
const keys: string[] = [];
const values: string[] = [];
const asked: string[] = [];

export function configText(key: string, fallback: string): string {
  if (!read) readAll();
  if (!asked.includes(key)) asked.push(key);
  const place = keys.indexOf(key);
  return place < 0 ? fallback : values[place];
}

/** A number from `least` to `most`. */
export function configNumber(key: string, fallback: f64, least: f64, most: f64): f64 {
  const text = configText(key, '');
  if (text.length == 0) return fallback;
  const value = parseDecimal(text);
  if (value >= least && value <= most) return value;
  refuse(key, text, `a number from ${formatDecimal(least)} to ${formatDecimal(most)}`);
  return fallback;
}

/** A whole number from `least` to `most`. */
export function configInteger(key: string, fallback: i32, least: i32, most: i32): i32 {
  const value = configNumber(key, fallback, least, most);
  if (value == Math.floor(value)) return <i32>value;
  refuse(key, configText(key, ''), 'a whole number');
  return fallback;
}

/** Numbers above `above`, between commas: `count` of them, or a single one that stands for all. */
export function configNumbers(key: string, fallback: f64, count: i32, above: f64): f64[] {
  const numbers = new Array<f64>(count).fill(fallback);
  const text = configText(key, '');
  if (text.length == 0) return numbers;
  const parts = text.split(',');
  let usable = parts.length == count || parts.length == 1;
  for (let i = 0; usable && i < count; i++) {
    numbers[i] = parseDecimal(parts[parts.length == 1 ? 0 : i]);
    usable = numbers[i] > above;
  }
  if (usable) return numbers;
  const amount = count == 1 ? 'one number' : `one number or ${count}`;
  refuse(key, text, `${amount} above ${formatDecimal(above)}, with commas between`);
  return numbers.fill(fallback);
}

/** The place of the value among `choices`; `fallback` is one of them. */
export function configChoice(key: string, fallback: string, choices: string[]): i32 {
  const text = configText(key, fallback);
  const place = choices.indexOf(text);
  if (place >= 0) return place;
  refuse(key, text, `one of ${choices.join(', ')}`);
  return choices.indexOf(fallback);
}

/** Refuses a key that nothing has asked for, which is most likely a misspelt one. */
export function refuseUnknownConfig(): void {
  for (let i = 0; i < keys.length; i++) {
    if (asked.includes(keys[i])) continue;
    fail(FailureKind.Internal, `config key "${keys[i]}" is none of ${asked.join(', ')}`);
    return;
  }
}

function refuse(key: string, text: string, wanted: string): void {
  fail(FailureKind.Internal, `config key "${key}" is "${text}", but must be ${wanted}`);
}

function readAll(): void {
  read = true;
  getAllConfig(returnArea);
  if (load<u8>(returnArea) != 0) {
    const reason = takeString(load<usize>(returnArea, 8), load<usize>(returnArea, 12));
    fail(FailureKind.Internal, `the configuration cannot be read: ${reason}`);
    return;
  }
  const from = load<usize>(returnArea, 4);
  const count = load<u32>(returnArea, 8);
  for (let i: u32 = 0; i < count; i++) {
    const item = from + (i << 4);
    keys.push(takeString(load<usize>(item), load<usize>(item, 4)));
    values.push(takeString(load<usize>(item, 8), load<usize>(item, 12)));
  }
  forgetReceived();
}
