import { PREDICTION_TASKS } from '../../../repository/task-names.ts';
import { invalidComponent } from '../../../errors.ts';
import type { ServedComponent } from '../../models/served-component.ts';
import type { PredictionDescription } from '../../api/predictions.ts';
import { shapeOf } from '../../api/task-shapes.ts';
import type { TaskDefinition } from '../task-definition.ts';
import { assertTaskShape } from './assert-task-shape.ts';
import { checkDescription } from './check-description.ts';
import { type GuestDescription, BadDescription } from './guest-description.ts';
import { assertTensorNames } from './prediction-tensors.ts';
import { toPredictionTerms } from './to-prediction-terms.ts';
import { Predictor } from './predictor.ts';

/** wit/prediction.wit: what a component takes and gives it says itself. */
export const PREDICTION: TaskDefinition = {
  target: 'sandpiper:inference/prediction@0.1.0',
  names: PREDICTION_TASKS,
  bind(model, described, media) {
    const description = read(model, described as GuestDescription);
    model.holdTo(toPredictionTerms(description));
    return new Predictor(model, description, media);
  },
};

function read({ name, folder }: ServedComponent, described: GuestDescription): PredictionDescription {
  const { task, schemas } = folder.manifest;
  try {
    const description = checkDescription(described, schemas);
    assertTensorNames(description);
    const shape = shapeOf(task);
    if (shape !== undefined) assertTaskShape(task, shape, description);
    return description;
  } catch (error) {
    if (!(error instanceof BadDescription)) throw error;
    throw invalidComponent(`Cannot serve model ${name} by what its component describes: ${error.message}.`, {
      cause: error,
    });
  }
}
