import { SandpiperError } from '../../errors.ts';

/** After so many failures in a row a model is set aside. */
export const FAILURES_IN_A_ROW = 5;

/** A `not-ready` that concerns one model, and may last. */
export class ModelSetAside extends SandpiperError {
  constructor(model: string) {
    super(
      'not-ready',
      `Model ${model} is set aside after ${FAILURES_IN_A_ROW} failures in a row; it is tried again by itself.`,
    );
  }
}
