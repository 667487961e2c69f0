/** wasi:cli: given variables and arguments, an exit that ends the instance only, and the standard streams. */
import type { WasiHost, WasiPart } from '../wasi-host.ts';
import { makeStdio } from './stdio.ts';

/** The trap by which a component that exits leaves its call. */
export class ComponentExit extends Error {
  override readonly name = 'ComponentExit';

  /** As a process has it: 0 is success. */
  readonly status: number;

  constructor(words: string, status: number) {
    super(`The component called exit with ${words}.`);
    this.status = status;
  }
}

/** No such resource is ever made: nothing here is a terminal. */
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
