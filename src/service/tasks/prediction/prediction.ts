import { VALUE_TYPE_OF } from '../../../element-types.ts';
import { PREDICTION_TASKS } from '../../../repository/task-names.ts';
import { invalidComponent } from '../../../errors.ts';
import type { OutputTerms, PredictionTerms } from '../../../sandbox/prediction/prediction-terms.ts';
import type { ServedComponent } from '../../models/served-component.ts';
import type { OutputDescription, PredictionDescription } from '../../api/predictions.ts';
import { shapeOf } from '../../api/task-shapes.ts';
import type { TaskDefinition } from '../task-definition.ts';
import { assertTaskShape } from './assert-task-shape.ts';
import { checkDescription } from './check-description.ts';
import { type GuestDescription, BadDescription } from './guest-description.ts';
import { assertTensorNames } from './prediction-tensors.ts';
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

/** The terms of a component's calls, from its own description. */
function toPredictionTerms({ inputs, outputs }: PredictionDescription): PredictionTerms {
  const schemas = inputs.flatMap((input) =>
    input.kind === 'json' && input.schema !== undefined ? [[input.name, input.schema] as const] : [],
  );
  return {
    inputSchemas: new Map(schemas),
    outputs: new Map(outputs.map((output) => [output.name, toTerms(output)])),
  };
}

function toTerms(output: OutputDescription): OutputTerms {
  const { optional } = output;
  switch (output.kind) {
    case 'json':
      return { optional, kind: 'json', schema: output.schema };
    case 'tensor': {
      const shape = output.shape.map((size) => (size === -1 ? undefined : size));
      return { optional, kind: 'tensor', elementType: VALUE_TYPE_OF[output.datatype], shape };
    }
    case 'media':
      return { optional, kind: 'media', mediaTypes: output.mediaTypes };
    case 'text':
    case 'labels':
      return { optional, kind: output.kind };
  }
}
