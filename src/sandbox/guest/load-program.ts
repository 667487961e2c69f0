/** Loads a component or a core module in this thread, importing only the code for its kind. */
import type { LoadedProgram } from './component-instance.ts';
import type { GuestProgram } from '../guest-protocol.ts';
import type { RecycledMemories } from './recycled-memories.ts';

export async function loadProgram(program: GuestProgram, memories: RecycledMemories): Promise<LoadedProgram> {
  const { component } = program;
  if (component.kind === 'core') {
    const { loadCoreModule } = await import('./core-instance.ts');
    return loadCoreModule(program, component);
  }
  const { loadComponent } = await import('./component-instance.ts');
  return loadComponent(program, component, memories);
}
