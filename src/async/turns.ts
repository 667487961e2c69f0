/** Long work that is done in turns, between which its thread can do other work. */
import { setImmediate } from 'node:timers/promises';

/** Yields where it may pause. */
export type Turns<T> = Generator<undefined, T, undefined>;

const TURN_MS = 10;

/** Does all of it at once. */
export function atOnce<T>(turns: Turns<T>): T {
  for (;;) {
    const step = turns.next();
    if (step.done === true) return step.value;
  }
}

/** Lets other work of the thread go on after every {@link TURN_MS}. */
export async function inTurns<T>(turns: Turns<T>): Promise<T> {
  for (;;) {
    const until = performance.now() + TURN_MS;
    while (performance.now() < until) {
      const step = turns.next();
      if (step.done === true) return step.value;
    }
    await setImmediate();
  }
}
