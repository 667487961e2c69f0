import { SandpiperError } from '../../errors.ts';

/**
 * A 404 for a model. The same class for a model that does not exist and for one that this caller may not see, so that
 * the answers are identical.
 */
export class ModelNotFound extends SandpiperError {
  /** @param name the requested name, which untyped programs may give as something other than text */
  constructor(name: unknown) {
    super(
      'not-found',
      `There is no model "${String(name).slice(0, 100)}" here: the list of models names those there are.`,
    );
  }
}
