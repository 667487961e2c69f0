/** The keys of a manifest's `grants`: what each lets a component import. */

/**
 * Denied unless given. Booleans grant an interface as a whole; the others list how much of it: an empty list lets
 * a component import the interface and gives it nothing there.
 */
export interface Grants {
  /** wasi:logging. */
  logging: boolean;
  /** wasi:nn `graph.load` from bytes; `load-by-name` needs no grant beyond the manifest's `graphs`. */
  graphLoad: boolean;
  /** wasi:clocks: the time of day, and a stopwatch and sleep of the instance. */
  clocks?: boolean;
  /** wasi:random, fresh for each instance. */
  random?: boolean;
  /** wasi:cli standard streams: an empty input, and outputs that become log lines. */
  stdio?: boolean;
  /** wasi:cli `exit`: a trap of the instance. */
  exit?: boolean;
  /** wasi:cli environment variables. */
  env?: Readonly<Record<string, string>> | undefined;
  /** wasi:cli arguments. */
  args?: readonly string[] | undefined;
  /** wasi:filesystem preopens, read-only: path for the component → folder in the model folder. */
  folders?: Readonly<Record<string, string>> | undefined;
  /** wasi:http outgoing requests: patterns of hosts. */
  http?: readonly string[] | undefined;
  /** wasi:sockets: it can be imported, and that is all. */
  sockets?: readonly [] | undefined;
}

export interface GrantKey {
  key: keyof Grants;
  /** The smallest value that grants the import, as JSON. */
  smallest: string;
  /** Interface names without versions. */
  interfaces: readonly string[];
}

/** Where several keys grant an interface, the first is the one to name. */
export const GRANT_KEYS: readonly GrantKey[] = [
  { key: 'logging', smallest: 'true', interfaces: ['wasi:logging/logging'] },
  {
    key: 'clocks',
    smallest: 'true',
    interfaces: ['wasi:clocks/monotonic-clock', 'wasi:clocks/wall-clock'],
  },
  {
    key: 'random',
    smallest: 'true',
    interfaces: ['wasi:random/random', 'wasi:random/insecure', 'wasi:random/insecure-seed'],
  },
  {
    key: 'stdio',
    smallest: 'true',
    interfaces: [
      'wasi:cli/stdin',
      'wasi:cli/stdout',
      'wasi:cli/stderr',
      'wasi:cli/terminal-input',
      'wasi:cli/terminal-output',
      'wasi:cli/terminal-stdin',
      'wasi:cli/terminal-stdout',
      'wasi:cli/terminal-stderr',
    ],
  },
  { key: 'exit', smallest: 'true', interfaces: ['wasi:cli/exit'] },
  { key: 'env', smallest: '{}', interfaces: ['wasi:cli/environment'] },
  { key: 'args', smallest: '[]', interfaces: ['wasi:cli/environment'] },
  {
    key: 'folders',
    smallest: '{}',
    interfaces: ['wasi:filesystem/types', 'wasi:filesystem/preopens'],
  },
  { key: 'http', smallest: '[]', interfaces: ['wasi:http/types', 'wasi:http/outgoing-handler'] },
  {
    key: 'sockets',
    smallest: '[]',
    interfaces: [
      'wasi:sockets/network',
      'wasi:sockets/instance-network',
      'wasi:sockets/ip-name-lookup',
      'wasi:sockets/tcp',
      'wasi:sockets/tcp-create-socket',
      'wasi:sockets/udp',
      'wasi:sockets/udp-create-socket',
    ],
  },
];
