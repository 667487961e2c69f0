/** Controls, line separators and the marks that reorder text: nothing that logged text may do to a terminal. */
// oxlint-disable-next-line no-control-regex -- controls are what it is for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** Text with every character that a terminal obeys written as `\u001b`, which JSON understands as well. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
