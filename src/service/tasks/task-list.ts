/** The tasks, one row each. */
import { invalidComponent } from '../../errors.ts';
import type { Task } from '../api/tasks.ts';
import { IMAGE_CLASSIFICATION } from './image-classification/classifier.ts';
import { PREDICTION } from './prediction/prediction.ts';
import { SPEECH_TRANSCRIPTION } from './speech-transcription/transcriber.ts';
import type { TaskDefinition } from './task-definition.ts';

/** Where a component exports several that a manifest's name fits, the first counts. */
export const TASKS: readonly TaskDefinition[] = [IMAGE_CLASSIFICATION, SPEECH_TRANSCRIPTION, PREDICTION];

/**
 * The task of a component, by the name in its manifest and the interface that it exports.
 *
 * @throws SandpiperError `invalid-component`
 */
export function taskOf(component: string, name: Task, exports: readonly string[]): TaskDefinition {
  const fitting = TASKS.filter(({ names }) => names.includes(name));
  const task = fitting.find(({ target }) => exports.includes(target));
  if (task !== undefined) return task;
  const needed = fitting.map(({ target }) => target).join(' or ');
  throw invalidComponent(
    `Cannot load component ${component}: it exports ${exports.join(', ') || 'nothing'}, and ${name} needs ${needed}.`,
  );
}
