import type { Settings } from '../config/settings.ts';
import { collectGarbage } from '../collect-garbage.ts';
import { assertGuarded } from '../http/access/assert-guarded.ts';
import { KeyRing } from '../access/key-ring.ts';
import { createHttpApp } from '../http/http-app.ts';
import { serveHttp, type HttpServer } from '../http/http-server.ts';
import { Sandpiper } from '../service/sandpiper.ts';
import { ownThisProcess } from '../media/decode-pixels.ts';
import { HttpMetrics } from '../telemetry/http-metrics.ts';
import { createLogger } from '../telemetry/logger.ts';
import { openTelemetry } from '../telemetry/opentelemetry/open-telemetry.ts';
import { endNow } from './end-process.ts';
import { readyLine, readyReport } from './ready-report.ts';
import { explainShortMemory, startupSizes } from './startup-sizes.ts';
import { stopSignal } from './stop-signal.ts';
import { RESTART_EXIT_CODE, notifyReady } from './supervise.ts';
import { notifySystemd } from './notify-systemd.ts';

export interface ServeOptions {
  readonly json: boolean;
  /** Process id of the supervising shell. */
  readonly supervisor: number | undefined;
  /** Process id of the shell in which npm started it. */
  readonly launcher: number | undefined;
}

/** Milliseconds after the grace time until the process ends even if it is not closed. */
const LAST_MS = 3_000;

/**
 * Binds the port, loads the models, runs their samples, prints the ready message, and serves until a stop signal, which
 * ends it at once while it loads. Then it becomes unready at once, and ends when the requests in flight have finished, at
 * the latest some seconds after its grace time.
 *
 * @throws SandpiperError for every problem that an operator can fix
 */
export async function serveModels(
  settings: Settings,
  { json, supervisor, launcher }: ServeOptions,
): Promise<void> {
  ownThisProcess();
  const logger = createLogger(settings);
  assertGuarded(settings);
  logger.info(startupSizes(settings), 'sized');
  const short = explainShortMemory();
  if (short !== undefined) logger.warn(short);
  using keys = settings.keys === undefined ? undefined : await KeyRing.open(settings.keys, logger);
  const stop = stopSignal(supervisor, launcher);
  const telemetry = await openTelemetry(logger);
  const sandpiper = new Sandpiper(settings, logger, { telemetry, onIdle: collectGarbage });
  let http: HttpServer | undefined;
  let exitCode = 0;
  const { graceMs } = settings.limits;
  // Work that is stuck in native code never ends by itself.
  const endWithin = (ms: number) => setTimeout(() => endNow(exitCode), ms + LAST_MS).unref();
  void stop.then((signal) => {
    endWithin(graceMs);
    if (sandpiper.state !== 'loading') return;
    // Nobody is served yet, and what is loaded would only be unloaded.
    logger.info({ signal }, 'stopping');
    endNow(0);
  });
  try {
    const metrics = new HttpMetrics();
    telemetry?.addMetrics(async () => metrics.values());
    const app = createHttpApp(sandpiper, { settings, logger, keys, metrics, tracing: telemetry?.tracing });
    http = await serveHttp(app, settings, logger, metrics);
    if (process.stderr.isTTY) process.stderr.write(`Loading models from ${settings.models} …\n`);
    else logger.info({ folder: settings.models }, 'loading models');
    // The port is taken by now: that it cannot be had is known before the models are loaded.
    await sandpiper.load();
    const report = { url: http.url, sandpiper, settings, startMs: performance.now() };
    process.stdout.write(json ? readyLine(report) : readyReport(report));
    notifyReady(supervisor);
    void notifySystemd(logger);
    const reason = await Promise.race([stop, sandpiper.lost.then(() => 'lost' as const)]);
    if (reason === 'lost') {
      exitCode = RESTART_EXIT_CODE;
      // Its stuck threads would take the whole grace time, while clients wait for the next process.
      endWithin(0);
    } else logger.info({ signal: reason }, 'stopping');
  } catch (error) {
    exitCode = 1;
    logger.debug({ err: error }, 'failed');
    throw error;
  } finally {
    const stopping = performance.now();
    endWithin(graceMs);
    // The server still answers probes and kept connections while requests finish.
    await sandpiper.close(graceMs);
    // Answers that are being sent get the rest of the grace time, at least a second.
    await http?.close(Math.max(1_000, graceMs - (performance.now() - stopping)));
    await telemetry?.close();
  }
  process.exitCode = exitCode;
}
