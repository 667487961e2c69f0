/** A command's part of a component's report, and the whole report of a core module. */
import { COMMAND_LIMITS, MODEL_LIMITS, type ServiceLimits } from '../config/limits.ts';
import type { TensorNumbering } from '../nn/witx/tensor-type.ts';
import { ComponentCache } from '../sandbox/component/component-cache.ts';
import { COMMAND } from '../sandbox/guest/component-instance.ts';
import { compileCapped, hasStart, NO_START } from '../sandbox/core/compile-core-module.ts';
import { explainCoreImports, inspectCoreModule } from '../sandbox/core/inspect-core-module.ts';
import type { ExplainedImport } from '../sandbox/grants.ts';
import type { ComponentFacts } from '../sandbox/component/inspect-component.ts';
import type { CommandReport, ComponentReport, ImportReport, NnReport, SizeReport } from './check-report.ts';

/** That a memory can have: how much of it `run` allows is its option's to say. */
const MOST_BYTES = 2 ** 32;

/** How the ABIs of core modules number tensor types; null: found out tensor by tensor. */
const CORE_ABIS: Readonly<Record<string, TensorNumbering | null>> = {
  wasi_ephemeral_nn: null,
  wasi_nn: 'wasmedge-0.14',
};

/** Options of `sandpiper run` by the imports that are nothing without them. */
const OPTIONS: readonly [option: string, imports: RegExp][] = [
  ['--dir', /^wasi:filesystem\/preopens@|^wasi_snapshot_preview1\.path_open$/],
  ['--env', /^wasi:cli\/environment@|^wasi_snapshot_preview1\.environ_get$/],
  ['--nn-graph', /^wasi:nn\/graph@|^wasi(_ephemeral)?_nn\.load_by_name/],
  ['--nn-allow-load', /^wasi:nn\/graph@|^wasi(_ephemeral)?_nn\.load$/],
];

/**
 * Whether `sandpiper run` could run this core module.
 *
 * @returns the report, and what speaks against it
 * @throws SandpiperError `invalid-component`
 */
export async function checkCoreModule(
  name: string,
  bytes: Uint8Array,
  limits: ServiceLimits,
): Promise<{ component: ComponentReport; problems: string[] }> {
  const caps = { memoryBytes: MOST_BYTES, tableElements: MODEL_LIMITS.tableElements };
  const core = await compileCapped(bytes, { name, cache: new ComponentCache(undefined), limits, caps });
  const facts = inspectCoreModule(bytes, core);
  const imports = explainCoreImports(core);
  const component: ComponentReport = {
    name,
    form: 'core-module',
    bytes: bytes.byteLength,
    sha256: facts.digest,
    imports: imports.map(toImportReport),
    exports: [...facts.exports],
    tasks: [],
    command: hasStart(core) ? reportCommand('_start', facts) : null,
    nn: reportNn(facts.imports),
    memories: facts.memories.map(toSizeReport),
    tables: facts.tables.map(toSizeReport),
    needs: { grants: {}, limits: {} },
  };
  const problems = imports
    .filter(({ granted }) => !granted)
    .map(({ import: imported, remedy }) => `Core module ${name} imports ${imported}: ${remedy ?? ''}.`);
  if (component.command === null) problems.push(`Cannot run ${name}: ${NO_START}.`);
  return { component, problems };
}

/** What `sandpiper run` would call, and with what; null for what is no command. */
export function commandOf(facts: ComponentFacts): CommandReport | null {
  const entry = facts.exports.find((each) => COMMAND.test(each));
  return entry === undefined ? null : reportCommand(entry, facts);
}

function reportCommand(entry: string, { imports, memories }: ComponentFacts): CommandReport {
  const options = OPTIONS.filter(([, pattern]) => imports.some((each) => pattern.test(each)));
  const memoryBytes = memories.reduce((sum, { min }) => sum + min, 0);
  return {
    entry,
    options: [
      ...options.map(([option]) => option),
      ...(memoryBytes > COMMAND_LIMITS.memoryBytes ? [`--memory ${memoryBytes}`] : []),
    ],
  };
}

/** Each ABI or release of wasi:nn among the imports, once. */
export function reportNn(imports: readonly string[]): NnReport[] {
  const abis = imports.flatMap((each) => {
    const [, release] = /^wasi:nn\/[a-z]+@(.+)$/.exec(each) ?? [];
    if (release !== undefined) return [`wasi:nn@${release}`];
    const [module = ''] = each.split('.');
    return module in CORE_ABIS ? [module] : [];
  });
  return [...new Set(abis)].map((abi) => ({
    abi,
    numbering: abi in CORE_ABIS ? (CORE_ABIS[abi] ?? null) : 'wit',
  }));
}

export function toImportReport({ key, remedy, ...rest }: ExplainedImport): ImportReport {
  return { ...rest, key: key ?? null, remedy: remedy ?? null };
}

export function toSizeReport({ min, max }: ComponentFacts['memories'][number]): SizeReport {
  return { min, max: max ?? null };
}
