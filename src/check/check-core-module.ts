/** Reports a component as a command, and a core module. */
import { COMMAND_LIMITS, MODEL_LIMITS, type ServiceLimits } from '../config/limits.ts';
import type { TensorNumbering } from '../nn/witx/tensor-type.ts';
import { ComponentCache } from '../sandbox/component/component-cache.ts';
import { COMMAND } from '../sandbox/guest/component-instance.ts';
import { compileCapped, hasStart, NO_START } from '../sandbox/core/compile-core-module.ts';
import { explainCoreImports, inspectCoreModule } from '../sandbox/core/inspect-core-module.ts';
import type { ExplainedImport } from '../sandbox/assert-granted.ts';
import type { ComponentFacts } from '../sandbox/component/inspect-component.ts';
import type { CommandReport, ComponentReport, NnReport } from './check-report.ts';

/** Largest memory of WebAssembly: what `run` allows is set by its option. */
const MAX_BYTES = 2 ** 32;

/** Numbering of tensor types by ABI of core modules; null if it is detected per tensor. */
const CORE_ABIS: Readonly<Record<string, TensorNumbering | null>> = {
  wasi_ephemeral_nn: null,
  wasi_nn: 'wasmedge-0.14',
};

/** Options of `sandpiper run` with the imports that need them. */
const OPTIONS: readonly [option: string, imports: RegExp][] = [
  ['--dir', /^wasi:filesystem\/preopens@|^wasi_snapshot_preview1\.path_open$/],
  ['--env', /^wasi:cli\/environment@|^wasi_snapshot_preview1\.environ_get$/],
  ['--nn-graph', /^wasi:nn\/graph@|^wasi(_ephemeral)?_nn\.load_by_name/],
  ['--nn-allow-load', /^wasi:nn\/graph@|^wasi(_ephemeral)?_nn\.load$/],
];

/**
 * Checks whether `sandpiper run` could run this core module.
 *
 * @returns the report, and the problems found
 * @throws SandpiperError `invalid-component`
 */
export async function checkCoreModule(
  name: string,
  bytes: Uint8Array,
  limits: ServiceLimits,
): Promise<{ component: ComponentReport; problems: string[] }> {
  const caps = { memoryBytes: MAX_BYTES, tableElements: MODEL_LIMITS.tableElements };
  const core = await compileCapped(bytes, { name, cache: new ComponentCache(undefined), limits, caps });
  const facts = inspectCoreModule(bytes, core);
  const imports = explainCoreImports(core);
  const component = reportCode(facts, imports, {
    name,
    form: 'core-module',
    bytes: bytes.byteLength,
    tasks: [],
    command: hasStart(core) ? reportCommand('_start', facts) : null,
    needs: { grants: {}, limits: {} },
  });
  const problems = imports
    .filter(({ granted }) => !granted)
    .map(({ import: imported, remedy }) => `Core module ${name} imports ${imported}: ${remedy ?? ''}.`);
  if (component.command === null) problems.push(`Cannot run ${name}: ${NO_START}.`);
  return { component, problems };
}

/** A report of code of either form, with what is read from the code itself. */
export function reportCode(
  facts: ComponentFacts,
  imports: readonly ExplainedImport[],
  own: Pick<ComponentReport, 'name' | 'form' | 'bytes' | 'tasks' | 'command' | 'needs'>,
): ComponentReport {
  const { name, form, bytes, tasks, command, needs } = own;
  const toSizeReport = ({ min, max }: ComponentFacts['memories'][number]) => ({ min, max: max ?? null });
  return {
    name,
    form,
    bytes,
    sha256: facts.digest,
    imports: imports.map(({ key, remedy, ...rest }) => ({
      ...rest,
      key: key ?? null,
      remedy: remedy ?? null,
    })),
    exports: [...facts.exports],
    tasks,
    command,
    nn: reportNn(facts.imports),
    memories: facts.memories.map(toSizeReport),
    tables: facts.tables.map(toSizeReport),
    needs,
  };
}

/** How `sandpiper run` would run it; null if it is no command. */
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

/** Distinct ABIs or releases of wasi:nn among the imports. */
function reportNn(imports: readonly string[]): NnReport[] {
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
