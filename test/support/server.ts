import { KeyRing } from '../../src/http/access/key-ring.ts';
import { createHttpApp } from '../../src/http/http-app.ts';
import { serveHttp } from '../../src/http/http-server.ts';
import { resolveSettings, type SettingsInput } from '../../src/config/settings.ts';
import { openSandpiper, type Sandpiper } from '../../src/index.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { modelsDir } from './models.ts';

/** The real service with the real models behind the real HTTP server, on a free port. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly service: Sandpiper;
  /** What was logged so far, oldest first. */
  readonly log: readonly Record<string, unknown>[];
}

export async function startServer(input: SettingsInput = {}): Promise<TestServer> {
  const settings = resolveSettings({
    models: modelsDir,
    port: 0,
    logLevel: 'debug',
    logFormat: 'json',
    ...input,
  });
  const log: Record<string, unknown>[] = [];
  const logger = createLogger(settings, {
    write: (line) => log.push(JSON.parse(line) as Record<string, unknown>),
  });
  const service = await openSandpiper(settings, { logger });
  const keys = settings.keys === undefined ? undefined : await KeyRing.open(settings.keys, logger);
  const http = await serveHttp(createHttpApp(service, { settings, logger, keys }), settings);
  return {
    url: http.url,
    service,
    log,
    [Symbol.asyncDispose]: async () => {
      await service.close(5_000);
      await http.close();
      keys?.[Symbol.dispose]();
    },
  };
}
