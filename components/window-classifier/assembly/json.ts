import { JsonKind, parseJson } from '../../sdk/assembly';
import { Window, refuse } from './window';

/** What the host holds clients to: a list of steps, of one channel a number each, of more a list of numbers. */
export function rowsSchema(channels: i32, longest: i32): string {
  const step =
    channels == 1
      ? '{ "type": "number" }'
      : `{ "type": "array", "items": { "type": "number" }, "minItems": ${channels}, "maxItems": ${channels} }`;
  return `{ "type": "array", "items": ${step}, "minItems": 1, "maxItems": ${longest} }`;
}

/** A list of steps, as the schema has it; null, with a failure, for any other text. */
export function readRows(text: string, window: Window): Window | null {
  const rows = parseJson(text);
  if (!rows || rows.kind != JsonKind.Array) {
    refuse('the JSON is not a list of steps');
    return null;
  }
  for (let i = 0; i < rows.items.length; i++) {
    const item = rows.items[i];
    let step = item.numbers();
    if (item.kind == JsonKind.Number) {
      step = new Float64Array(1);
      step[0] = item.number;
    }
    if (!step) {
      refuse(`step ${i + 1} is not a list of numbers`);
      return null;
    }
    if (!window.add(step)) return null;
  }
  return window.whole();
}
