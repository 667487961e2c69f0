import { Session } from 'node:inspector';

/**
 * Collects all garbage of this thread soon, and gives the memory back to the system, which V8 by itself does only when
 * the thread needs more. The thread does nothing else meanwhile, for some tens of milliseconds: it should be idle.
 */
export function collectGarbage(): void {
  const session = new Session();
  session.connect();
  // V8 holds a lock while it calls back, which the end of a session takes as well.
  session.post('HeapProfiler.collectGarbage', () => setImmediate(() => session.disconnect()));
}
