import { wantedExports, type Environment } from '../export-settings.ts';
import type { Logger } from '../logger.ts';
import type { Telemetry } from '../telemetry.ts';

/**
 * Traces and metrics by OpenTelemetry's protocol. The standard variables say whether and where (docs/operations.md);
 * where they say nothing, nothing of OpenTelemetry's SDK is loaded.
 *
 * @returns undefined where the environment asks for nothing
 */
export async function openTelemetry(
  logger: Logger,
  environment: Environment = process.env,
): Promise<Telemetry | undefined> {
  const { traces, metrics, warnings } = wantedExports(environment);
  for (const warning of warnings) logger.warn(warning);
  if (!traces && !metrics) return undefined;
  const { Exports } = await import('./exports.ts');
  return new Exports({ traces, metrics }, logger);
}
