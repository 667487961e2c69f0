/** Headings of settings in `--help`, in order: the settings that are changed most come first. */

const GROUPS: Readonly<Record<string, RegExp>> = {
  'Where and what:': /^(host|port|models|versions|strict|page)$/,
  'Access:': /^(keys|open|corsOrigins)$/,
  'Log:': /^log/,
  'Processor, memory and disk:':
    /^(concurrentRuns|guestThreads|runMemoryBytes|processBytes|allMemoryBytes|cache.*|idleMs)$/,
  'Stopping:': /^graceMs$/,
  'What clients send:':
    /^(maxBody|upload|tensor|json|bytesElements|regionPixels|picture|slowPictures|sound|maxConcurrent|maxLive|live)/,
  'Waiting and answering:': /^(maxQueued|sse|loadWait|answer)/,
  'Connections:': /^(connections|requests?|pipelined|keepAlive|header)/,
};
const REST = 'Components and graphs:';

export function groupOf(key: string): string {
  return Object.entries(GROUPS).find(([, keys]) => keys.test(key))?.[0] ?? REST;
}

/** Sorts settings by group, and keeps their order within a group. */
export function inGroups<Setting extends { key: string }>(settings: readonly Setting[]): Setting[] {
  const headings = [...Object.keys(GROUPS), REST];
  const place = ({ key }: Setting): number => headings.indexOf(groupOf(key));
  return settings.toSorted((a, b) => place(a) - place(b));
}
