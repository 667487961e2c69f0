import { SandpiperError } from '../../errors.ts';

/** Consecutive failures after which a model is set aside. */
export const FAILURES_IN_A_ROW = 5;

/** A `not-ready` of one model, which may last. */
export class ModelSetAside extends SandpiperError {
  constructor(model: string) {
    super(
      'not-ready',
      `Model ${model} is set aside after ${FAILURES_IN_A_ROW} failures in a row; it is tried again by itself.`,
    );
  }
}
