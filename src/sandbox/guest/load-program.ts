/** A program of either kind, made ready in this thread; the code of the other kind is not loaded. */
import type { LoadedProgram } from './component-instance.ts';
import type { GuestProgram } from '../guest-protocol.ts';

export async function loadProgram(program: GuestProgram): Promise<LoadedProgram> {
  const { component } = program;
  if ('core' in component) {
    const { loadCoreModule } = await import('./core-instance.ts');
    return loadCoreModule(program, component);
  }
  const { loadComponent } = await import('./component-instance.ts');
  return loadComponent(program, component);
}
