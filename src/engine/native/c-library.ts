/** Functions of the C library of this process. */
import { loadKoffi, type NativeFunction } from './koffi.ts';

/** null stands for the libraries that the process has loaded already. */
const C_LIBRARY = process.platform === 'win32' ? 'msvcrt.dll' : null;

/** @param declaration such as `int abs(int)` */
export function cFunction(declaration: string): unknown {
  return loadKoffi().load(C_LIBRARY).func(declaration);
}

/** `null` where the C library is another than glibc, which alone keeps so much that it has to be asked. */
let mallocTrim: NativeFunction | null | undefined;

/** Returns free memory of the C library's heap to the system, on a thread of libuv's pool. */
export async function trimHeap(): Promise<void> {
  mallocTrim ??= findMallocTrim();
  const { promise, resolve } = Promise.withResolvers<void>();
  if (mallocTrim === null) resolve();
  else mallocTrim.async(0, () => resolve());
  return promise;
}

function findMallocTrim(): NativeFunction | null {
  try {
    return cFunction('int malloc_trim(size_t)') as NativeFunction;
  } catch {
    return null;
  }
}

/**
 * Calls `act` while a variable of the process has another value: in worker threads `process.env` is a copy, which native
 * code does not see.
 */
export function withVariable<T>(name: string, value: string, act: () => T): T {
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
  const set = cFunction('int setenv(const char*, const char*, int)') as NativeFunction;
  const unset = cFunction('int unsetenv(const char*)') as NativeFunction;
  return {
    get: cFunction('const char* getenv(const char*)') as Variables['get'],
    set: (name, value) => void (value === null ? unset(name) : set(name, value, 1)),
  };
}

function windowsVariables(): Variables {
  const set = loadKoffi()
    .load('kernel32.dll')
    .func('int __stdcall SetEnvironmentVariableA(const char*, const char*)') as NativeFunction;
  return { get: (name) => process.env[name] ?? null, set: (name, value) => void set(name, value) };
}
