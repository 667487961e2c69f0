/** Watches the sound go on while a piece of it is worked at. */
export interface Watch {
  /** Whether what the work gives will still be of use. */
  goesOn(): bool;
}
