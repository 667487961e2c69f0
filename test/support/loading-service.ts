import { resolveSettings, type SettingsInput } from '../../src/config/settings.ts';
import { Sandpiper } from '../../src/service/sandpiper.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

/** A service that has not loaded its models yet; {@link Sandpiper.load} does. */
export function loadingService(input: SettingsInput = {}): Sandpiper {
  const settings = resolveSettings({ logLevel: 'silent', ...input });
  return new Sandpiper(settings, createLogger(settings));
}
