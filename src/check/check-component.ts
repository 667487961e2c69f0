/** Reports a component, and judges one without a model folder. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { MODEL_LIMITS, type ModelLimits, type ServiceLimits } from '../config/limits.ts';
import { compileComponent } from '../sandbox/component/compile-component.ts';
import { ComponentCache } from '../sandbox/component/component-cache.ts';
import type { Grants } from '../capabilities/capabilities.ts';
import { explainImports, GRANT_KEYS } from '../sandbox/assert-granted.ts';
import { inspectComponent, type ComponentFacts } from '../sandbox/component/inspect-component.ts';
import type { TranslatedComponent } from '../sandbox/component/translated-component.ts';
import { isCoreModule } from '../sandbox/code/wasm-binary.ts';
import { checkCoreModule, commandOf, reportCode } from './check-core-module.ts';
import type { ComponentReport } from './check-report.ts';
import { explainCommandImports } from '../command/command-grants.ts';
import { TASKS } from '../service/tasks/task-list.ts';

const NO_GRANTS: Grants = { logging: false, graphLoad: false };

/** Caches the translation during one check: a component is first inspected and then loaded. */
export class CheckCache extends ComponentCache {
  readonly #kept = new Map<string, TranslatedComponent>();

  constructor() {
    super(undefined);
  }

  override async read(digest: string): Promise<TranslatedComponent | undefined> {
    return this.#kept.get(digest);
  }

  override async write(digest: string, translated: TranslatedComponent): Promise<void> {
    this.#kept.set(digest, translated);
  }
}

/**
 * @param name its file, or the name of the built-in component
 * @throws SandpiperError `invalid-component`
 */
export async function reportComponent(
  name: string,
  bytes: Uint8Array,
  { grants, limits }: { grants: Grants; limits: ModelLimits },
  options: { cache: ComponentCache; limits: ServiceLimits },
): Promise<ComponentReport> {
  const facts = await inspectComponent(bytes, { name, ...options });
  const tasks = TASKS.filter(({ target }) => facts.exports.includes(target)).flatMap(
    ({ names }) => names[0] ?? [],
  );
  const command = commandOf(facts);
  const onlyCommand = command !== null && tasks.length === 0;
  const imports = onlyCommand ? explainCommandImports(facts.imports) : explainImports(facts.imports, grants);
  const missing = imports.flatMap(({ granted, key }) => (granted || key === undefined ? [] : [key]));
  const keys = GRANT_KEYS.filter(({ key }) => missing.includes(key));
  const needs = {
    grants: Object.fromEntries(keys.map(({ key, smallest }) => [key, JSON.parse(smallest) as unknown])),
    limits: Object.fromEntries(
      Object.entries(startSizes(facts)).filter(([limit, size]) => size > limits[limit as SizeLimit]),
    ),
  };
  const own = { name, form: 'component', bytes: bytes.byteLength, tasks, command, needs } as const;
  return reportCode(facts, imports, own);
}

/**
 * Checks whether any manifest could serve this component, or `sandpiper run` could run it.
 *
 * @returns the report, and the problems found
 * @throws SandpiperError `invalid-component`
 */
export async function checkComponent(
  path: string,
  limits: ServiceLimits,
): Promise<{ component: ComponentReport; problems: string[] }> {
  const name = basename(path);
  const bytes = await readFile(path);
  if (isCoreModule(bytes)) return checkCoreModule(name, bytes, limits);
  const cache = new CheckCache();
  const given = { grants: NO_GRANTS, limits: MODEL_LIMITS };
  const component = await reportComponent(name, bytes, given, { cache, limits });
  // Compiled with the limits that it needs, since only the compiler can validate its modules.
  const caps = { ...MODEL_LIMITS, ...component.needs.limits };
  await compileComponent(bytes, { name, cache, limits, caps });
  const problems = component.imports
    .filter(({ granted, key }) => !granted && key === null)
    .map(({ import: imported, remedy }) => `Component ${name} imports ${imported}: ${remedy ?? ''}.`);
  if (component.tasks.length === 0 && component.command === null) {
    problems.push(
      `Component ${name} serves no task: export one of ${TASKS.map(({ target }) => target).join(', ')}, as wit/ describes them, or wasi:cli/run to be a command.`,
    );
  }
  return { component, problems };
}

type SizeLimit = 'memoryBytes' | 'tableElements';

/** Initial sizes of all memories and of all tables. */
function startSizes({ memories, tables }: ComponentFacts): Record<SizeLimit, number> {
  const sum = (sizes: ComponentFacts['memories']) => sizes.reduce((total, { min }) => total + min, 0);
  return { memoryBytes: sum(memories), tableElements: sum(tables) };
}
