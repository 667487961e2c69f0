/**
 * Checks how code comes in: every package is pinned with its integrity, runs nothing when it is installed, and has a
 * licence that this project can live with. The licences are those of the bill of materials that `npm sbom` writes.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { faultsOf, readLock } from './lock.ts';

/** Of a CycloneDX document, what is looked at. */
export interface Bill {
  readonly components: readonly BillEntry[];
}

interface BillEntry {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly hashes?: readonly object[];
  readonly licenses?: readonly { license?: { id?: string; name?: string }; expression?: string }[];
}

/** For anything: they ask for their own text to be kept, and no more. */
const PERMISSIVE = new Set([
  '0BSD',
  'Apache-2.0',
  'Apache-2.0 WITH LLVM-exception',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'PSF-2.0',
]);

/** Weak copyleft, which reaches no further than the package's own files: these are used as they come. */
const WEAK: readonly { licence: string; packages: RegExp }[] = [
  { licence: 'LGPL-3.0-or-later', packages: /^(?:@img\/sharp-.+|codec-parser)$/ },
  { licence: 'OFL-1.1', packages: /^@expo-google-fonts\/.+$/ },
  { licence: 'MPL-2.0', packages: /^(?:axe-core|lightningcss(?:-.+)?)$/ },
];

/** Packages that name their licence in a file only; read there. */
const READ_IN_FILE: Readonly<Record<string, string>> = {
  '@bytecodealliance/componentize-js': 'Apache-2.0 WITH LLVM-exception',
  '@bytecodealliance/componentize-js-0-19-3': 'Apache-2.0 WITH LLVM-exception',
  busboy: 'MIT',
  streamsearch: 'MIT',
};

/** A folder of this repository, which npm lists as a package. */
const OWN = /^sandpiper-node@/;

/** A sentence for each entry that is not as it should be. */
export function faultsOfBill({ components }: Bill): string[] {
  return components.flatMap((entry) => {
    const licence = licenceOf(entry);
    const faults: string[] = [];
    if (!isAllowed(licence, entry.name)) {
      faults.push(
        `${entry.name}@${entry.version} has the licence ${licence}, which deploy/package/check-supply.ts does not allow.`,
      );
    }
    if (!OWN.test(entry['bom-ref']) && (entry.hashes ?? []).length === 0) {
      faults.push(`${entry.name}@${entry.version} has no hash in the bill of materials.`);
    }
    return faults;
  });
}

function licenceOf({ name, licenses = [] }: BillEntry): string {
  const [first] = licenses;
  return (
    first?.expression ?? first?.license?.id ?? first?.license?.name ?? READ_IN_FILE[name] ?? '(none is named)'
  );
}

/** Of licences joined by AND every one must be allowed, of those joined by OR one. */
function isAllowed(expression: string, name: string): boolean {
  const plain = expression.replaceAll(/^\(|\)$/g, '');
  if (plain.includes(' AND ')) return plain.split(' AND ').every((part) => isAllowed(part, name));
  if (plain.includes(' OR ')) return plain.split(' OR ').some((part) => isAllowed(part, name));
  return (
    PERMISSIVE.has(plain) || WEAK.some(({ licence, packages }) => licence === plain && packages.test(name))
  );
}

export async function billOfMaterials(): Promise<Bill> {
  const { stdout } = await promisify(execFile)(
    'npm',
    ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'],
    { cwd: import.meta.dirname, shell: process.platform === 'win32', maxBuffer: 64 * 2 ** 20 },
  );
  return JSON.parse(stdout) as Bill;
}

if (import.meta.main) {
  const bill = await billOfMaterials();
  const faults = [...faultsOf(await readLock()), ...faultsOfBill(bill)];
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.stdout.write(`${bill.components.length} packages, ${faults.length} faults\n`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
