/**
 * ONNX Runtime's C API, from the library that onnxruntime-node ships: the only file that knows the table of functions,
 * and the only one that calls koffi.
 *
 * onnxruntime-node's own JavaScript binding keeps a session in the thread that made it. The C API has no such limit:
 * an address that one thread got holds in every other.
 */
import { createRequire } from 'node:module';
import path from 'node:path';
import { type SandpiperError, messageOf, invalidConfig } from '../../../errors.ts';
import { loadKoffi, type Address, type LibraryHandle, type Prototype } from '../../native/koffi.ts';

export type { Address };

const koffi = loadKoffi();

/** The requested version of the table: ONNX Runtime 1.24 was the first with all functions below. */
const API_VERSION = 24;

/**
 * Position in `OrtApi`, which only ever grows at its end, and the signature. Every pointer is `void*`, for which koffi
 * takes an address or a typed array; every function that can fail returns a status, null where it did not.
 */
const TABLE = {
  CreateEnv: [3, 'void* (int, const char*, void*)'],
  CreateSessionFromArray: [8, 'void* (void*, void*, size_t, void*, void*)'],
  Run: [9, 'void* (void*, void*, void*, void*, size_t, void*, size_t, void*)'],
  CreateSessionOptions: [10, 'void* (void*)'],
  DisableMemPattern: [17, 'void* (void*)'],
  SetSessionLogSeverityLevel: [22, 'void* (void*, int)'],
  SetIntraOpNumThreads: [24, 'void* (void*, int)'],
  CreateRunOptions: [39, 'void* (void*)'],
  RunOptionsSetTerminate: [46, 'void* (void*)'],
  RunOptionsUnsetTerminate: [47, 'void* (void*)'],
  CreateTensorAsOrtValue: [48, 'void* (void*, void*, size_t, int, void*)'],
  CreateTensorWithDataAsOrtValue: [49, 'void* (void*, void*, size_t, void*, size_t, int, void*)'],
  GetTensorMutableData: [51, 'void* (void*, void*)'],
  GetStringTensorDataLength: [53, 'void* (void*, void*)'],
  GetStringTensorContent: [54, 'void* (void*, void*, size_t, void*, size_t)'],
  CreateCpuMemoryInfo: [69, 'void* (int, int, void*)'],
  GetAllocatorWithDefaultOptions: [78, 'void* (void*)'],
  ReleaseStatus: [93, 'void (void*)'],
  ReleaseSession: [95, 'void (void*)'],
  ReleaseValue: [96, 'void (void*)'],
  ReleaseRunOptions: [97, 'void (void*)'],
  ReleaseSessionOptions: [100, 'void (void*)'],
  AddSessionConfigEntry: [130, 'void* (void*, const char*, const char*)'],
  CreateAllocator: [131, 'void* (void*, void*, void*)'],
  ReleaseAllocator: [132, 'void (void*)'],
  CreateAndRegisterAllocator: [144, 'void* (void*, void*, void*)'],
  ReleaseArenaCfg: [157, 'void (void*)'],
  CreateArenaCfgV2: [164, 'void* (void*, void*, size_t, void*)'],
  AddRunConfigEntry: [165, 'void* (void*, const char*, const char*)'],
  GetResizedStringTensorElementBuffer: [252, 'void* (void*, size_t, size_t, void*)'],
  ReleaseKeyValuePairs: [300, 'void (void*)'],
  GetTensorSizeInBytes: [318, 'void* (void*, void*)'],
  AllocatorGetStats: [319, 'void* (void*, void*)'],
  GetTensorElementTypeAndShapeDataReference: [414, 'void* (void*, void*, void*, void*)'],
} as const satisfies Record<string, readonly [index: number, signature: string]>;

/**
 * koffi makes each call on a stack of its own: as large as a thread's is elsewhere, since what has too little would write
 * over other memory. It is only address space until it is used.
 */
const STACK_BYTES = 8 * 2 ** 20;

type Argument = Address | ArrayBufferView | number | string | null;

export interface NativeFunction {
  /** Blocks this thread; null stands for the address 0. */
  (...args: Argument[]): Address | null;
  /** Runs on a thread of libuv's pool. */
  async(...args: [...Argument[], (error: Error | null, result: Address | null) => void]): void;
}

export type OrtFunctions = Readonly<Record<keyof typeof TABLE, NativeFunction>>;

export interface Library {
  /** koffi closes a library whose handle is collected, whatever functions of it are still in use. */
  handle: LibraryHandle;
  /** `1.30.0` */
  version: string;
  functions: OrtFunctions;
  messageOf: (status: Address) => string;
  /** The value of a name in a list of names and values. */
  valueOf: (pairs: Address, name: string) => string | null;
  /** Address of a view's elements. The caller keeps the view alive for as long as the address is used. */
  addressOf: (view: ArrayBufferView) => Address;
  addressAt: (pointer: Address) => Address;
  /**
   * Copies bytes between native memory and arrays. koffi can make arrays over native memory, but in a thread that is being
   * terminated that crashes the process.
   */
  copy: (to: Address | ArrayBufferView, from: Address | ArrayBufferView, byteLength: number) => void;
  /** Returns free memory of the C library's heap to the system, on a thread of libuv's pool. */
  trimHeap: () => Promise<void>;
  /** Calls `act` while an environment variable has another value. */
  withVariable: <T>(name: string, value: string, act: () => T) => T;
}

let opened: Library | undefined;

/** Opens the library, once per thread. @throws SandpiperError `invalid-config` if it is missing or too old */
export function openLibrary(): Library {
  opened ??= open();
  return opened;
}

function open(): Library {
  widenStacks();
  const { api, library, version } = openTable(nativeFolder());
  const prototypes = new Map<string, Prototype>();
  const functionAt = (index: number, signature: string): unknown => {
    const prototype = prototypes.get(signature) ?? koffi.proto(signature);
    prototypes.set(signature, prototype);
    return koffi.decode(koffi.decode(api, index * 8, 'void*') as Address, prototype);
  };
  const functions = Object.fromEntries(
    Object.entries(TABLE).map(([name, [index, signature]]) => [name, functionAt(index, signature)]),
  ) as unknown as OrtFunctions;
  return {
    handle: library,
    version,
    functions,
    messageOf: functionAt(2, 'const char* (void*)') as Library['messageOf'],
    valueOf: functionAt(297, 'const char* (void*, const char*)') as Library['valueOf'],
    addressOf: (view) => koffi.address(view),
    addressAt: (pointer) => koffi.decode(pointer, 'void*') as Address,
    copy: koffi.load(C_LIBRARY).func('void memcpy(void*, void*, size_t)') as Library['copy'],
    trimHeap,
    withVariable,
  };
}

function widenStacks(): void {
  try {
    koffi.config({ sync_stack_size: STACK_BYTES, async_stack_size: STACK_BYTES });
  } catch {
    // Somebody else in this thread has opened a library with koffi, whose sizes hold then.
  }
}

/** null stands for the libraries that the process has loaded already. */
const C_LIBRARY = process.platform === 'win32' ? 'msvcrt.dll' : null;

/** `null` where the C library is another than glibc, which alone keeps so much that it has to be asked. */
let mallocTrim: NativeFunction | null | undefined;

/** Looked up by the one thread that asks, when it does. */
async function trimHeap(): Promise<void> {
  mallocTrim ??= findMallocTrim();
  const { promise, resolve } = Promise.withResolvers<void>();
  if (mallocTrim === null) resolve();
  else mallocTrim.async(0, () => resolve());
  return promise;
}

function findMallocTrim(): NativeFunction | null {
  try {
    return koffi.load(C_LIBRARY).func('int malloc_trim(size_t)') as NativeFunction;
  } catch {
    return null;
  }
}

/** Sets the variable of the process: in worker threads `process.env` is a copy, which native code does not see. */
function withVariable<T>(name: string, value: string, act: () => T): T {
  const variables = process.platform === 'win32' ? windowsVariables() : posixVariables();
  const before = variables.get(name);
  variables.set(name, value);
  try {
    return act();
  } finally {
    variables.set(name, before);
  }
}

interface Variables {
  get(name: string): string | null;
  /** null removes it. */
  set(name: string, value: string | null): void;
}

function posixVariables(): Variables {
  const library = koffi.load(C_LIBRARY);
  const set = library.func('int setenv(const char*, const char*, int)') as NativeFunction;
  const unset = library.func('int unsetenv(const char*)') as NativeFunction;
  return {
    get: library.func('const char* getenv(const char*)') as Variables['get'],
    set: (name, value) => void (value === null ? unset(name) : set(name, value, 1)),
  };
}

function windowsVariables(): Variables {
  const set = koffi
    .load('kernel32.dll')
    .func('int __stdcall SetEnvironmentVariableA(const char*, const char*)') as NativeFunction;
  return { get: (name) => process.env[name] ?? null, set: (name, value) => void set(name, value) };
}

const FILES: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'libonnxruntime.so.1',
  darwin: 'libonnxruntime.1.dylib',
  win32: 'onnxruntime.dll',
};

function nativeFolder(): string {
  const found = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  return path.join(path.dirname(found), 'bin', 'napi-v6', process.platform, process.arch);
}

/**
 * @param folder the folder of the native library
 * @returns the table of functions, which is valid for as long as the library's handle
 * @throws SandpiperError `invalid-config`
 */
export function openTable(folder: string): {
  api: Address;
  library: LibraryHandle;
  version: string;
} {
  let library: LibraryHandle;
  let version: string;
  let api: Address | null;
  try {
    library = koffi.load(path.join(folder, FILES[process.platform] ?? 'none for this platform'));
    const base = (library.func('void* OrtGetApiBase()') as () => Address)();
    const [getApi, getVersion] = koffi.decode(base, 'void*', 2) as [Address, Address];
    version = (koffi.decode(getVersion, koffi.proto('const char* OrtGetVersion()')) as () => string)();
    api = (koffi.decode(getApi, koffi.proto('void* OrtGetApi(uint32_t)')) as (v: number) => Address | null)(
      API_VERSION,
    );
  } catch (error) {
    throw unusable(`its library could not be opened (${messageOf(error)})`, error);
  }
  if (api === null || Number(version.split('.')[1]) < API_VERSION)
    throw unusable(`its library is of version ${version}, and 1.${API_VERSION} or later is needed`);
  return { api, library, version };
}

function unusable(why: string, cause?: unknown): SandpiperError {
  const remedy = `install the package onnxruntime-node for ${process.platform}/${process.arch} again`;
  return invalidConfig(`ONNX Runtime cannot be used: ${why}; ${remedy}.`, { cause });
}
