/** Detects the operating system, for remedies that can be copied. */
import { readFileSync } from 'node:fs';

const DISTRIBUTIONS = ['debian', 'fedora', 'alpine', 'arch', 'macos'] as const;
export type Distribution = (typeof DISTRIBUTIONS)[number];

/** Remedies by system; `else` for all others. */
export type Remedy = { else: string } & Partial<Record<Distribution, string>>;

/** @param osRelease text of /etc/os-release, in which derived distributions name their origin */
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
