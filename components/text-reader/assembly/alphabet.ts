/** The recogniser's characters, as the graph's own file lists them. */
import { Context, FailureKind, fail } from '../../sdk/assembly';

const PROPERTY: string = 'character';
/** "No character here", which stands between two that are the same. */
export const BLANK: i64 = 0;

export class Alphabet {
  constructor(private characters: string[]) {}

  /** Classes: the blank, the characters, and the space behind them. */
  get size(): i32 {
    return this.characters.length + 2;
  }

  /** The character of a class that is not the blank. */
  character(index: i64): string {
    return index <= this.characters.length ? this.characters[<i32>index - 1] : ' ';
  }
}

/** Null, with a failure, if the graph lists none. */
export function readAlphabet(recogniser: Context): Alphabet | null {
  const metadata = recogniser.facts().metadata;
  if (metadata.has(PROPERTY)) return new Alphabet(metadata.get(PROPERTY).split('\n'));
  fail(
    FailureKind.Internal,
    `the graph "${recogniser.name}" has no property "${PROPERTY}" with its characters`,
  );
  return null;
}
