import { readFileSync } from 'node:fs';

/**
 * Bytes of the most resident memory that this process has had. On Linux `maxRSS` would count the process that started it,
 * too: the system keeps that number when a process becomes another program.
 */
export function peakMemory(): number {
  const kibibytes =
    process.platform === 'linux'
      ? /^VmHWM:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]
      : undefined;
  return 1_024 * Number(kibibytes ?? process.resourceUsage().maxRSS);
}
