import { join } from 'node:path';
import type { Command } from 'commander';
import { settingsOf } from './setting-flags.ts';

interface Flags {
  host?: string;
  port?: string;
}

/** `sandpiper dev`: builds and serves a component's project, again at every change. */
export function addDevCommand(program: Command): void {
  program
    .command('dev')
    .description('build and serve a project of `sandpiper new`, and swap its model whenever a file changes')
    .argument('<folder>', 'the project: a folder with models/ in it, and package.json with a script "build"')
    .option('--host <text>', 'address to listen on')
    .option('--port <number>', 'port to listen on; 0 takes a free one')
    .action(dev);
}

/** @throws SandpiperError for problems that must be fixed first */
async function dev(project: string, { host, port }: Flags): Promise<void> {
  const settings = settingsOf({
    '--host': host,
    '--port': port,
    '--models': join(project, 'models'),
    // A component's log lines matter during development.
    '--log-level': process.env['SANDPIPER_LOG_LEVEL'] ?? 'debug',
    '--log-format': process.env['SANDPIPER_LOG_FORMAT'] ?? 'pretty',
  });
  const { serveProject } = await import('./serve-project.ts');
  await serveProject(project, settings);
}
