/** The service as it is installed, in a process of its own. */
import { ALLOCATOR } from '../../src/config/allocator.ts';
import { YOUNG_GENERATION } from '../../src/start-thread.ts';
import { startServer, type ChildServer } from './child-server.ts';

/** Without the supervising shell, so that its own process is measured; set up as the shell would all the same. */
export async function startOurServer(models: string, ...flags: string[]): Promise<ChildServer> {
  const always = ['--port', '0', '--json', '--models', models, '--log-level', 'error', '--no-supervise'];
  return startServer('../dist/src/cli/sandpiper.js', [...always, ...flags], {
    env: { ...ALLOCATOR, ...process.env },
    nodeFlags: [YOUNG_GENERATION],
  });
}
