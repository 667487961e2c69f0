/** ONNX Runtime's C API, from the library that onnxruntime-node ships: the only file that knows the table of functions. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { type SandpiperError, messageOf, invalidConfig } from '../../../../errors.ts';
import { cFunction } from '../../../native/c-library.ts';
import {
  loadKoffi,
  type Address,
  type LibraryHandle,
  type NativeFunction,
  type Prototype,
} from '../../../native/koffi.ts';

const fromHere = createRequire(import.meta.url);
const PACKAGE = 'onnxruntime-node/package.json';

/** Version of the package onnxruntime-node, and so of the library that it ships. */
export const { version: LIBRARY_VERSION } = fromHere(PACKAGE) as { version: string };

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

type OrtFunctions = Readonly<Record<keyof typeof TABLE, NativeFunction>>;

type Library = ReturnType<typeof open>;

let opened: Library | undefined;

/**
 * Opens the library, once per thread. All that is looked up is looked up here: what koffi throws in a thread that is being
 * terminated ends the process.
 *
 * @throws SandpiperError `invalid-config` if it is missing or too old
 */
export function openLibrary(): Library {
  opened ??= open();
  return opened;
}

function open() {
  const koffi = loadKoffi();
  const { api, library } = openTable(nativeFolder());
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
    /** koffi closes a library whose handle is collected, whatever functions of it are still in use. */
    handle: library,
    functions,
    messageOf: functionAt(2, 'const char* (void*)') as (status: Address) => string,
    addressAt: (pointer: Address) => koffi.decode(pointer, 'void*') as Address,
    /** koffi can make arrays over native memory, but in a thread that is being terminated that crashes the process. */
    copy: cFunction('void memcpy(void*, void*, size_t)') as (
      to: Address | Uint8Array,
      from: Address | Uint8Array,
      byteLength: number,
    ) => void,
    /** The value of a name in a list of names and values. */
    valueOf: functionAt(297, 'const char* (void*, const char*)') as (
      pairs: Address,
      name: string,
    ) => string | null,
  };
}

const FILES: Partial<Record<NodeJS.Platform, string>> = {
  linux: 'libonnxruntime.so.1',
  darwin: 'libonnxruntime.1.dylib',
  win32: 'onnxruntime.dll',
};

function nativeFolder(): string {
  return path.join(path.dirname(fromHere.resolve(PACKAGE)), 'bin', 'napi-v6', process.platform, process.arch);
}

/**
 * @param folder the folder of the native library
 * @returns the table of functions, which is valid for as long as the library's handle
 * @throws SandpiperError `invalid-config`
 */
export function openTable(folder: string): { api: Address; library: LibraryHandle } {
  const koffi = loadKoffi();
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
  return { api, library };
}

function unusable(why: string, cause?: unknown): SandpiperError {
  const remedy = `install the package onnxruntime-node for ${process.platform}/${process.arch} again`;
  return invalidConfig(`ONNX Runtime cannot be used: ${why}; ${remedy}.`, { cause });
}
