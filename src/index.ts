/**
 * Sandpiper as a library: models behind sandboxed components, inside a Node process.
 *
 * @example
 * const sandpiper = await openSandpiper({ models: 'models' });
 * const { predictions } = await sandpiper.classify('efficientnet-lite0', await readFile('cat.jpg'));
 * await sandpiper.close();
 *
 * @module
 */
import { resolveSettings, type SettingsInput } from './config/settings.ts';
import type { Handler } from './http/create-handler.ts';
import { checkPath } from './check/check-path.ts';
import type { CheckReport } from './check/check-report.ts';
import { Sandpiper } from './service/sandpiper.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';
import { openTelemetry } from './telemetry/opentelemetry/open-telemetry.ts';
import type { Telemetry } from './telemetry/telemetry.ts';

export interface OpenOptions {
  /** By default a logger to standard error, as the settings say. */
  logger?: Logger;
  /**
   * Where traces and metrics go, closed by the caller. Default: as OpenTelemetry's variables in the environment
   * say, and nowhere where they say nothing.
   */
  telemetry?: Telemetry | undefined;
}

/**
 * Starts the threads, loads every model and runs each one's sample. Nothing of the process is changed. Translated
 * components are kept in the setting `cacheDir`, by default `.cache` in the current folder, and nothing is written
 * elsewhere. The program may end at any time, closed or not.
 *
 * @throws SandpiperError when a setting or a model is unusable; nothing is left running then
 */
export async function openSandpiper(
  settings: SettingsInput = {},
  options: OpenOptions = {},
): Promise<Sandpiper> {
  const resolved = resolveSettings(settings);
  const logger = options.logger ?? createLogger(resolved);
  const telemetry = options.telemetry ?? (await openTelemetry(logger));
  const ownsTelemetry = options.telemetry === undefined;
  const sandpiper = new Sandpiper(resolved, logger, { telemetry, ownsTelemetry });
  await sandpiper.load();
  return sandpiper;
}

/**
 * All routes of the service as a handler for `http.createServer`, or for `use` of an Express app: before anything that
 * reads bodies. Its `upgrade` is the listener for the server's event of that name, without which WebSockets are refused.
 * The settings `keys`, `open` and `corsOrigins` of the service decide who may send requests; by default only this
 * machine.
 *
 * @throws SandpiperError `invalid-config` for keys that cannot be read
 */
export async function createHandler(sandpiper: Sandpiper): Promise<Handler> {
  // A program without a server does not load Express.
  const http = await import('./http/create-handler.ts');
  return http.createHandler(sandpiper);
}

/**
 * Reports what a model folder or a component file asks for, what it is granted, and whether it works.
 *
 * @param path a model version's folder or a component file
 * @throws SandpiperError `invalid-config` for an unusable setting; all other problems are in the report
 */
export async function check(path: string, settings: SettingsInput = {}): Promise<CheckReport> {
  return checkPath(path, resolveSettings(settings));
}

export { ERRORS, SandpiperError, type ErrorCode } from './errors.ts';
export { resolveSettings, type Settings, type SettingsInput } from './config/settings.ts';
export type { Handler } from './http/create-handler.ts';
export type { Telemetry } from './telemetry/telemetry.ts';
export type { TraceParent } from './telemetry/tracing.ts';
export type { Logger, LogMethod } from './telemetry/logger.ts';
export type { Sandpiper } from './service/sandpiper.ts';
export type * from './check/check-report.ts';
export type { GraphSignature, PortReport } from './service/api/graph-signature.ts';
export type * from './service/api/predictions.ts';
export type * from './service/api/request.ts';
export type * from './service/api/live.ts';
export type * from './service/api/tasks.ts';
export { DATATYPES } from './element-types.ts';
export type * from './service/api/tensor-inference.ts';
