import { checkPictureInput, type PictureInput } from '../../../media/picture-input.ts';
import type { TaskDefinition } from '../task-definition.ts';
import { Classifier } from './classifier.ts';

/** wit/image-classifier.wit: a picture in, scored classes out. */
export const IMAGE_CLASSIFICATION: TaskDefinition = {
  target: 'sandpiper:inference/image-classification@0.1.0',
  names: ['image-classification'],
  bind: (model, described, media) =>
    new Classifier(model, checkPictureInput(described as PictureInput), media),
};
