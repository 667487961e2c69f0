// TypeScript's own declarations do not have it yet.
interface JSON {
  /** A value that `stringify` writes as this text. */
  rawJSON(text: string): object;
}
