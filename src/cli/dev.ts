import { join } from 'node:path';
import type { Command } from 'commander';
import type { Settings } from '../config/settings.ts';
import { invalidConfig } from '../errors.ts';
import { findVersions } from '../repository/model-repository.ts';
import { isFolder } from '../repository/repository-entries.ts';
import { lockFolder } from '../toolkit/lock-folder.ts';
import { escapeControls } from '../telemetry/escape-controls.ts';
import { assertGuarded } from '../http/access/assert-guarded.ts';
import { leave } from './end-process.ts';
import { settingsOf } from './setting-options.ts';

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
  const models = join(project, 'models');
  if (!(await isFolder(models))) {
    throw invalidConfig(`${project} has no folder models: name a project, such as \`sandpiper new\` writes.`);
  }
  const settings = settingsOf({
    '--host': host,
    '--port': port,
    '--models': models,
    // A component's log lines matter during development.
    '--log-level': process.env['SANDPIPER_LOG_LEVEL'] ?? 'debug',
    '--log-format': process.env['SANDPIPER_LOG_FORMAT'] ?? 'pretty',
  });
  await serveAndWatch(project, settings);
  leave(0);
}

async function serveAndWatch(project: string, settings: Settings): Promise<void> {
  const [
    { KeyRing },
    { createHttpApp },
    { serveHttp },
    { Sandpiper },
    { createLogger },
    watching,
    ready,
    stopping,
  ] = await Promise.all([
    import('../access/key-ring.ts'),
    import('../http/http-app.ts'),
    import('../http/http-server.ts'),
    import('../service/sandpiper.ts'),
    import('../telemetry/logger.ts'),
    import('./dev-watch.ts'),
    import('./ready-report.ts'),
    import('./stop-signal.ts'),
  ]);
  const logger = createLogger(settings);
  assertGuarded(settings);
  using keys = settings.keys === undefined ? undefined : await KeyRing.open(settings.keys, logger);
  const stop = stopping.stopSignal();
  const sandpiper = new Sandpiper(settings, logger);
  const http = await serveHttp(createHttpApp(sandpiper, { settings, logger, keys }), settings, logger);
  let reported = false;
  const report = (): void => {
    if (reported || sandpiper.samples.length === 0) return;
    reported = true;
    const facts = { url: http.url, sandpiper, modelsDir: settings.models, startMs: performance.now() };
    process.stdout.write(ready.readyReport(facts));
  };
  // A model that cannot be served yet is loaded when it changes.
  const load = async (): Promise<void> => {
    await sandpiper.load({ mayServeNone: true });
    for (const { reason } of sandpiper.notServed) say(`${reason} Waiting for a change.`);
    report();
  };
  // One change after the other, after the first load.
  let changes: Promise<void> = Promise.resolve();
  const change = (name: string): void => {
    changes = changes.then(async () => {
      // The log says why a model is not loaded.
      await lockVersions(settings.models, name).catch(() => undefined);
      await sandpiper.loadModel(name).catch(() => undefined);
      report();
    });
  };
  using watch = new watching.DevWatch({
    project,
    onModel: change,
    onBuild: (state) => {
      if (state === 'started') return say('building …');
      say(
        state.code === 0
          ? `built in ${(state.ms / 1_000).toFixed(1)} s`
          : `the build failed (exit code ${state.code})`,
      );
    },
  });
  await watch.start();
  changes = load();
  await stop;
  await changes;
  await sandpiper.close();
  await http.close();
}

/** Accepts the author's changes by writing the digests again. */
async function lockVersions(models: string, name: string): Promise<void> {
  for (const { folder } of await findVersions(models, name)) await lockFolder(folder);
}

function say(text: string): void {
  process.stderr.write(`sandpiper: ${escapeControls(text)}\n`);
}
