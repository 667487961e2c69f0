import { resolveSettings, type SettingsInput } from '../../src/config/settings.ts';
import { KeyRing } from '../../src/access/key-ring.ts';
import { createHttpApp } from '../../src/http/http-app.ts';
import { serveHttp } from '../../src/http/http-server.ts';
import type { InferenceService } from '../../src/index.ts';
import { Sandpiper } from '../../src/service/sandpiper.ts';
import { HttpMetrics } from '../../src/telemetry/http-metrics.ts';
import { createLogger, type Logger } from '../../src/telemetry/logger.ts';

export type LogLines = Record<string, unknown>[];

/** A port of its own, with settings of its own, to a service that others may use as well. */
export interface Door extends AsyncDisposable {
  readonly url: string;
  /** Log lines so far, oldest first. */
  readonly log: LogLines;
}

export async function openDoor(
  service: InferenceService,
  input: SettingsInput = {},
  log: LogLines = [],
): Promise<Door> {
  const settings = resolveSettings({ port: 0, ...input });
  const logger = loggerInto(log);
  const keys = settings.keys === undefined ? undefined : await KeyRing.open(settings.keys, logger);
  const metrics = new HttpMetrics();
  const telemetry = service instanceof Sandpiper ? service.telemetry : undefined;
  telemetry?.addMetrics(async () => metrics.values());
  const app = createHttpApp(service, { settings, logger, keys, metrics, tracing: telemetry?.tracing });
  const http = await serveHttp(app, settings, logger, metrics);
  return {
    url: http.url,
    log,
    [Symbol.asyncDispose]: async () => {
      await http.close();
      keys?.[Symbol.dispose]();
    },
  };
}

export function loggerInto(log: LogLines): Logger {
  return createLogger(
    { logLevel: 'debug', logFormat: 'json' },
    { write: (line) => log.push(JSON.parse(line) as Record<string, unknown>) },
  );
}
