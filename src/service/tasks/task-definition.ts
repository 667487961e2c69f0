import type { ComponentTask, Media } from '../models/component-task.ts';
import type { ServedComponent } from '../models/served-component.ts';
import type { Task } from '../api/tasks.ts';

/** One kind of work that components do for the service. */
export interface TaskDefinition {
  /** The interface that a component exports for it. */
  readonly target: string;
  /** Its names in manifests. */
  readonly names: readonly Task[];
  /**
   * @param described what the component's `describe` answered; it comes from inside the sandbox
   * @throws BadAnswer, SandpiperError `invalid-component` or `invalid-model` for what cannot be served so
   */
  bind(model: ServedComponent, described: unknown, media: Media): ComponentTask;
}
