import type { SettingsInput } from '../../src/config/settings.ts';
import { openSandpiper, type Sandpiper } from '../../src/index.ts';
import { loggerInto, openDoor, type Door, type LogLines } from './door.ts';
import { usualModels } from './models.ts';

/** The real service, with two of the real models, behind the real HTTP server on a free port. */
export interface TestServer extends Door {
  readonly service: Sandpiper;
}

export async function startServer(input: SettingsInput = {}): Promise<TestServer> {
  const settings = { models: usualModels(), ...input };
  const log: LogLines = [];
  const service = await openSandpiper(settings, { logger: loggerInto(log) });
  const door = await openDoor(service, settings, log);
  return {
    ...door,
    service,
    [Symbol.asyncDispose]: async () => {
      await service.close(5_000);
      await door[Symbol.asyncDispose]();
    },
  };
}
