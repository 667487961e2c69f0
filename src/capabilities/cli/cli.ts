/** wasi:cli: granted variables and arguments, an exit that ends only the instance, and the standard streams. */
import type { WasiHost, WasiPart } from '../wasi-host.ts';
import { makeStdio } from './stdio.ts';

/** The trap by which an exit of the component ends its call. */
export class ComponentExit extends Error {
  override readonly name = 'ComponentExit';

  /** Exit status of a process: 0 is success. */
  readonly status: number;

  constructor(words: string, status: number) {
    super(`The component called exit with ${words}.`);
    this.status = status;
  }
}

/** Class of a resource that never exists: nothing here is a terminal. */
function Terminal(): void {}

export function makeCli(host: WasiHost): WasiPart {
  const { env = {}, args = [] } = host.granted;
  const stdio = makeStdio(host);
  const imports = {
    ...stdio.imports,
    'wasi:cli/environment': {
      getEnvironment: () => Object.entries(env),
      getArguments: () => args,
      initialCwd: () => undefined,
    },
    'wasi:cli/exit': {
      exit: ({ tag }: { tag: 'ok' | 'err' }) => {
        if (tag === 'ok') throw new ComponentExit('success', 0);
        throw new ComponentExit('failure', 1);
      },
      exitWithCode: (code: number) => {
        throw new ComponentExit(`status ${code}`, code);
      },
    },
    'wasi:cli/terminal-input': { TerminalInput: Terminal },
    'wasi:cli/terminal-output': { TerminalOutput: Terminal },
    'wasi:cli/terminal-stdin': { getTerminalStdin: () => undefined },
    'wasi:cli/terminal-stdout': { getTerminalStdout: () => undefined },
    'wasi:cli/terminal-stderr': { getTerminalStderr: () => undefined },
  };
  return { imports, end: () => stdio.end() };
}
