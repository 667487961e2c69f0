/** A project of `sandpiper new`. */
import type { WrittenSample } from '../repository/manifest.ts';
import type { LanguageName, ProjectTask } from './languages.ts';
import type { ModelSource } from './model-files.ts';

export interface ProjectOptions {
  /** Name of the model, and so of its route. */
  name: string;
  language: LanguageName;
  task: ProjectTask;
  /** Default: the model of the task that comes with this package. */
  model?: ModelSource | undefined;
}

export interface Project extends ProjectOptions {
  /** The first request to the service. */
  sample: WrittenSample;
}
