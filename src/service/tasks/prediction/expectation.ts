/** Compares a sample's outputs with the manifest's expectations. */
import { OWN_FORMATS } from '../../../codecs/element-formats.ts';
import { writeJsonData } from '../../../codecs/json-tensor.ts';
import type { NamedOutput } from '../../api/predictions.ts';
import { sampleMatches } from '../sample-matches.ts';

/** Longest output that is shown to people, in characters. */
const MAX_CHARACTERS = 200;

/**
 * The difference, as half a sentence; undefined if there is none.
 *
 * @param tolerance difference of numbers, or share of their size, that does not count
 */
export function expectationFault(
  output: NamedOutput | undefined,
  expected: unknown,
  tolerance: number,
): string | undefined {
  if (output === undefined) return 'did not come';
  const value = plainOf(output);
  if (typeof expected === 'string' && typeof value === 'string')
    return sampleMatches(value, expected) ? undefined : gave(output, expected);
  return contains(value, expected, tolerance) ? undefined : gave(output, expected);
}

export function showOutput(output: NamedOutput): string {
  switch (output.kind) {
    case 'labels': {
      const [best] = output.labels;
      return best === undefined ? 'no label' : `${best.label} (${best.score.toFixed(2)})`;
    }
    case 'media':
      return `${output.mediaType} of ${output.bytes.byteLength} bytes`;
    case 'tensor':
      return `${output.name} ${output.tensor.datatype} [${output.tensor.shape.join(',')}]`;
    case 'text':
      return cut(output.text.replaceAll(/\s+/g, ' ').trim());
    case 'json':
      return cut(output.json);
  }
}

/** The compared value: the best label, parsed JSON, a text, type, shape and elements of a tensor, type of a file. */
function plainOf(output: NamedOutput): unknown {
  switch (output.kind) {
    case 'labels':
      return output.labels[0]?.label ?? '';
    case 'json':
      return JSON.parse(output.json);
    case 'text':
      return output.text;
    case 'tensor':
      return {
        datatype: output.tensor.datatype,
        shape: output.tensor.shape,
        // Read where they are expected: there may be millions.
        get data() {
          return elementsOf(output);
        },
      };
    case 'media':
      return { mediaType: output.mediaType };
  }
}

function elementsOf({ name, tensor }: Extract<NamedOutput, { kind: 'tensor' }>): unknown {
  try {
    return JSON.parse(writeJsonData({ name, ...tensor }, OWN_FORMATS));
  } catch {
    return undefined; // JSON has no words for one of them
  }
}

function contains(found: unknown, expected: unknown, tolerance: number): boolean {
  if (typeof expected === 'number') {
    if (typeof found !== 'number') return false;
    return Math.abs(found - expected) <= tolerance * Math.max(1, Math.abs(expected));
  }
  if (typeof expected !== 'object' || expected === null) return found === expected;
  if (typeof found !== 'object' || found === null) return false;
  if (Array.isArray(expected)) {
    return (
      Array.isArray(found) &&
      expected.length <= found.length &&
      expected.every((one, at) => contains(found[at], one, tolerance))
    );
  }
  return Object.entries(expected).every(
    ([key, value]) => Object.hasOwn(found, key) && contains(Reflect.get(found, key), value, tolerance),
  );
}

function gave(output: NamedOutput, expected: unknown): string {
  // As it is expected, so that a slip in a key is seen.
  const inFull =
    output.kind === 'tensor'
      ? ` ${cut(JSON.stringify(elementsOf(output)) ?? '')}`
      : output.kind === 'media'
        ? `, ${JSON.stringify(plainOf(output))}`
        : '';
  return `gave ${showOutput(output)}${inFull}, and model.json expects ${cut(JSON.stringify(expected))}`;
}

/** Not longer than is shown to people. */
export function cut(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}
