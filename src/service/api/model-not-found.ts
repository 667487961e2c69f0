import { SandpiperError } from '../../errors.ts';

/**
 * A 404 that concerns a model. One class for a model that is not there and for one that this caller may not see,
 * so that their answers are the same to the byte.
 */
export class ModelNotFound extends SandpiperError {
  /** @param name as it was asked for, which by a program without types may be no text */
  constructor(name: unknown) {
    super(
      'not-found',
      `There is no model "${String(name).slice(0, 100)}" here: the list of models names those there are.`,
    );
  }
}
