/** The languages that a new component may be written in, and what each of them brings along. */
import packageJson from '../../package.json' with { type: 'json' };
import type { ModelLimits } from '../config/limits.ts';
import type { Grants } from '../capabilities/capabilities.ts';
import type { Task } from '../service/api/tasks.ts';

export interface Language {
  /** As it calls itself. */
  title: string;
  /** The file that its author opens first, by task. */
  source: Readonly<Record<ProjectTask, string>>;
  /** Tools that the machine needs besides Node. */
  toolchain: string;
  /** npm packages that its build imports besides `sandpiper`. */
  packages: readonly (keyof typeof packageJson.devDependencies)[];
  /** Imports that its runtime always has. Each is granted empty: it may be imported, and gives nothing. */
  grants: Partial<Grants>;
  /** Limits of a model that its runtime exceeds. */
  limits: Partial<ModelLimits>;
}

export const TASKS = [
  'image-classification',
  'speech-transcription',
  'prediction',
] as const satisfies readonly Task[];
export type ProjectTask = (typeof TASKS)[number];

/** Languages with a runtime of their own link all of WASI. */
const EMPTY_WASI: Partial<Grants> = {
  clocks: true,
  random: true,
  stdio: true,
  exit: true,
  env: {},
  args: [],
  folders: {},
};

/** A runtime starts in milliseconds, and on a busy machine in more than a component without one may take. */
const RUNTIME_LIMITS: Partial<ModelLimits> = { startMs: 5_000, memoryBytes: 64 * 1024 * 1024 };

export const LANGUAGES = {
  assemblyscript: {
    title: 'AssemblyScript',
    source: byRole(() => 'assembly/index.ts'),
    toolchain: 'nothing besides npm',
    packages: ['assemblyscript'],
    grants: {},
    limits: {},
  },
  rust: {
    title: 'Rust',
    source: byRole(() => 'src/lib.rs'),
    toolchain: 'Cargo with the target wasm32-unknown-unknown',
    packages: [],
    grants: {},
    limits: {},
  },
  c: {
    title: 'C',
    source: byRole((role) => `${role}.c`),
    toolchain: 'clang with wasi-libc, or the WASI SDK, and wit-bindgen',
    packages: [],
    grants: {},
    limits: {},
  },
  go: {
    title: 'Go',
    source: byRole((role) => `${role}.go`),
    toolchain: 'Go 1.24 or later, and wit-bindgen',
    packages: ['@bytecodealliance/jco'],
    grants: EMPTY_WASI,
    limits: RUNTIME_LIMITS,
  },
  javascript: {
    title: 'JavaScript',
    source: byRole((role) => `${role}.js`),
    toolchain: 'nothing besides npm',
    packages: ['componentize-qjs'],
    grants: EMPTY_WASI,
    limits: RUNTIME_LIMITS,
  },
  typescript: {
    title: 'TypeScript',
    source: byRole((role) => `${role}.ts`),
    toolchain: 'nothing besides npm',
    packages: ['componentize-qjs', 'typescript'],
    grants: EMPTY_WASI,
    limits: RUNTIME_LIMITS,
  },
  python: {
    title: 'Python',
    source: byRole((role) => `app/${role}.py`),
    toolchain: 'Python 3.10 or later with pip',
    packages: [],
    grants: { ...EMPTY_WASI, sockets: [] },
    limits: RUNTIME_LIMITS,
  },
} as const satisfies Record<string, Language>;

export type LanguageName = keyof typeof LANGUAGES;

/** A file for each task, which may be named after what the component is. */
function byRole(file: (role: string) => string): Record<ProjectTask, string> {
  return {
    'image-classification': file('classifier'),
    'speech-transcription': file('transcriber'),
    prediction: file('predictor'),
  };
}
