/** The lines of a text file, such as one of labels. */
export function linesOf(bytes: Uint8Array): string[] {
  return Buffer.from(bytes).toString('utf8').trimEnd().split(/\r?\n/);
}
