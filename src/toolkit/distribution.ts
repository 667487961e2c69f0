/** Which system this is, for remedies that can be copied. */
import { readFileSync } from 'node:fs';

export const DISTRIBUTIONS = ['debian', 'fedora', 'alpine', 'arch', 'macos'] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

/** What to do, by system; `else` for all that are not named. */
export type Remedy = { else: string } & Partial<Record<Distribution, string>>;

/** @param osRelease text of /etc/os-release; derived distributions name there what they are like */
export function distributionOf(platform: NodeJS.Platform, osRelease: string): Distribution | undefined {
  if (platform === 'darwin') return 'macos';
  const field = (name: string) => new RegExp(`^${name}=["']?([^"'\n]*)`, 'm').exec(osRelease)?.[1] ?? '';
  const names = `${field('ID')} ${field('ID_LIKE')}`.toLowerCase().split(/\s+/);
  return DISTRIBUTIONS.find((name) => names.includes(name) && name !== 'macos');
}

export function remedyHere(remedy: Remedy): string {
  const here = distributionOf(process.platform, readOsRelease());
  return (here === undefined ? undefined : remedy[here]) ?? remedy.else;
}

function readOsRelease(): string {
  try {
    return readFileSync('/etc/os-release', 'utf8');
  } catch {
    return '';
  }
}
