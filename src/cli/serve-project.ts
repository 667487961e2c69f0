import { KeyRing } from '../access/key-ring.ts';
import type { Settings } from '../config/settings.ts';
import { invalidConfig } from '../errors.ts';
import { assertGuarded } from '../http/access/assert-guarded.ts';
import { createHttpApp } from '../http/http-app.ts';
import { serveHttp } from '../http/http-server.ts';
import { findVersions } from '../repository/model-repository.ts';
import { isFolder } from '../repository/repository-entries.ts';
import { Sandpiper } from '../service/sandpiper.ts';
import { escapeControls } from '../telemetry/escape-controls.ts';
import { createLogger } from '../telemetry/logger.ts';
import { lockFolder } from '../toolkit/lock-folder.ts';
import { DevWatch } from './dev-watch.ts';
import { readyReport } from './ready-report.ts';
import { withSourceLines } from './source-lines.ts';
import { stopSignal } from './stop-signal.ts';

/**
 * Serves a component's project until a stop signal, and builds, locks and swaps its model at every change.
 *
 * @throws SandpiperError for problems that must be fixed first
 */
export async function serveProject(project: string, settings: Settings): Promise<void> {
  if (!(await isFolder(settings.models))) {
    throw invalidConfig(`${project} has no folder models: name a project, such as \`sandpiper new\` writes.`);
  }
  const logger = createLogger(settings, withSourceLines(project, process.stderr));
  assertGuarded(settings);
  using keys = settings.keys === undefined ? undefined : await KeyRing.open(settings.keys, logger);
  const stop = stopSignal();
  const sandpiper = new Sandpiper(settings, logger);
  const http = await serveHttp(createHttpApp(sandpiper, { settings, logger, keys }), settings, logger);
  let reported = false;
  const report = (): void => {
    if (reported || sandpiper.samples.length === 0) return;
    reported = true;
    const facts = { url: http.url, sandpiper, settings, startMs: performance.now() };
    process.stdout.write(readyReport(facts));
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
  using watch = new DevWatch({
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
