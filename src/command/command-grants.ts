/** Grants of a command, which has no manifest. */
import type { Grants } from '../capabilities/capabilities.ts';
import { explainImports, type ExplainedImport } from '../sandbox/assert-granted.ts';

export function commandGrants({
  args = [],
  env = {},
  allowLoad = false,
}: {
  /** The command's name first. */
  args?: readonly string[];
  env?: Readonly<Record<string, string>>;
  allowLoad?: boolean;
}): Grants {
  return {
    logging: true,
    graphLoad: allowLoad,
    clocks: true,
    random: true,
    stdio: true,
    exit: true,
    env,
    args,
    folders: {},
    // C libraries import them even if they are unused; every use is refused.
    sockets: [],
  };
}

const NOT_GIVEN = '`sandpiper run` does not give it; build the command without it';

/** @param imports interface names with versions, as the component states them */
export function explainCommandImports(imports: readonly string[]): ExplainedImport[] {
  return explainImports(imports, commandGrants({})).map(({ key, ...each }) => ({
    ...each,
    key: undefined,
    ...(key !== undefined && !each.granted && { remedy: NOT_GIVEN }),
  }));
}
