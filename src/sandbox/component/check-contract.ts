/**
 * Checks that a component's types are exactly the contract's, by letting the component model's validator decide whether
 * the component could be composed with the contract.
 *
 * A component states the types of its imports itself, and the translator binds to them: a tensor whose constructor takes
 * text instead of bytes, a `static constructor` that lands on JavaScript's `Function`, a number of another type. The
 * contract is wit/, with wit/wasi/ and the older releases of wasi:nn in wit/older-nn/.
 *
 * The composition is validated and never run. The component's imports come from the contract's interfaces, and its
 * exports go to a second component that imports them as the contract states them. With a number of another type, a
 * parameter or a field too many the composition is invalid, and the validator says why.
 */
import { readdir, readFile } from 'node:fs/promises';
import { componentEmbed, componentNew, componentWit } from '@bytecodealliance/jco-transpile/wasm-tools';
import { messageOf } from '../../errors.ts';
import { NN_VERSIONS } from '../../nn/wit-versions.ts';
import { packageFile } from '../../package-files.ts';
import { BinaryReader, leb, nameBytes, PREAMBLE_BYTES, section, sectionsOf } from '../code/wasm-binary.ts';

const SECTION = { coreModule: 1, component: 4, instance: 5, alias: 6, import: 10 } as const;

/** Longest message of the validator that is shown: it contains names of the component's choice. */
const MAX_WORDS = 300;

const PACKAGE = /^package ([^;]+);$/m;

/** Binary codes: the sort "instance", instantiation, and an alias to an instance's export. */
const INSTANCE = 0x05;
const INSTANTIATE = 0x00;
const EXPORT_OF_INSTANCE = 0x00;

/**
 * @param imports interface names with versions
 * @param exports interface names with versions
 * @throws Error that says what differs
 */
export async function assertContract(
  component: Uint8Array,
  imports: readonly string[],
  exports: readonly string[],
): Promise<void> {
  const packages = await contractPackages(releaseOf(imports));
  const known = interfacesOf(packages);
  const ofContract = (name: string) => known.get(unversioned(name));
  // Interfaces outside the contract are refused when grants are checked, with a better message.
  if (imports.some((name) => ofContract(name) === undefined)) return;
  const exported = exports.filter((name) => ofContract(name) !== undefined);
  const stated = new Set([...imports, ...exported].flatMap((name) => ofContract(name) ?? []));
  if (stated.size === 0) return;
  const contract = await importing([...stated], packages);
  const wrapped = compose(component, contract, {
    imports: imports.map((name) => [name, ofContract(name) ?? '']),
    exports: exported.map((name) => [name, ofContract(name) ?? '']),
  });
  try {
    await componentWit(wrapped);
  } catch (error) {
    const why = messageOf(error).replaceAll(/\s+/g, ' ').slice(0, MAX_WORDS);
    const [, name = ''] = /mismatch for import `([^`@]+)/.exec(why) ?? [];
    throw new Error(`its interface ${name} is not the contract's (${why})`, { cause: error });
  }
}

type Names = readonly (readonly [own: string, contract: string])[];

/** Composes the contract's imports, the component, and a consumer of its exports as the contract states them. */
function compose(
  component: Uint8Array,
  contract: Uint8Array,
  { imports, exports }: { imports: Names; exports: Names },
): Uint8Array {
  const given = importsOf(contract);
  const indexOf = (name: string): number => {
    const index = given.indexOf(name);
    if (index === -1) throw new Error(`the contract has no types for ${name}`);
    return index;
  };
  const guest = given.length;
  const taken = new Map(exports.map(([, name], at) => [name, guest + 1 + at]));
  const forGuest = imports.map(([own, name]) => argument(own, indexOf(name)));
  const forContract = given.map((name, index) => argument(name, taken.get(name) ?? index));
  return Buffer.concat([
    contract,
    section(SECTION.component, component),
    section(SECTION.component, contract),
    section(SECTION.instance, instantiate(0, forGuest)),
    section(SECTION.alias, [
      ...leb(exports.length),
      ...exports.flatMap(([own]) => [INSTANCE, EXPORT_OF_INSTANCE, ...leb(guest), ...nameBytes(own)]),
    ]),
    section(SECTION.instance, instantiate(1, forContract)),
  ]);
}

function instantiate(component: number, args: readonly number[][]): number[] {
  return [1, INSTANTIATE, component, ...leb(args.length), ...args.flat()];
}

function argument(name: string, instance: number): number[] {
  return [...nameBytes(name), INSTANCE, ...leb(instance)];
}

/** A component without code that imports these interfaces as the contract states them. */
async function importing(names: readonly string[], packages: Packages): Promise<Uint8Array> {
  const nested = packages.map(([head, bodies]) => `package ${head} {\n${bodies.join('\n')}\n}\n`);
  const imports = names.map((name) => `  import ${name};\n`).join('');
  const witSource = `package sandpiper:stated;\nworld stated {\n${imports}}\n${nested.join('\n')}`;
  const dummy = await componentNew(await componentEmbed({ witSource, world: 'stated', dummy: true }));
  // Keep the types and imports, which come first; leave out the code after them.
  const parts = sectionsOf(dummy);
  const code = parts.findIndex(({ id }) => id === SECTION.coreModule);
  return Buffer.concat([
    dummy.subarray(0, PREAMBLE_BYTES),
    ...parts.slice(0, code === -1 ? undefined : code).map(({ whole }) => whole),
  ]);
}

function importsOf(component: Uint8Array): string[] {
  return sectionsOf(component).flatMap(({ id, body }) => {
    if (id !== SECTION.import) return [];
    const reader = new BinaryReader(body);
    return Array.from({ length: reader.leb() }, () => {
      reader.skip(1); // the form of the name
      const name = Buffer.from(reader.bytes(reader.leb())).toString();
      reader.skip(1); // that it is an instance
      reader.skipLeb();
      return name;
    });
  });
}

/** Packages of the contract: the package line, and the bodies of its files. */
type Packages = readonly (readonly [head: string, bodies: readonly string[]])[];

/** @param release the release of wasi:nn that our own interfaces refer to */
async function contractPackages(release: string): Promise<Packages> {
  const folder = packageFile('wit/');
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.wit'));
  const contents = await Promise.all(files.toSorted().map((file) => readFile(new URL(file, folder), 'utf8')));
  const texts = release === NEWEST_NN ? contents : contents.flatMap((content) => inRelease(content, release));
  const bodies = Map.groupBy(texts, (file) => PACKAGE.exec(file)?.[1] ?? '');
  return [...bodies].map(([head, own]) => [head, own.map((file) => file.replace(PACKAGE, ''))]);
}

/** The release of wasi:nn that a component imports; the newest if it imports none or an unknown one. */
function releaseOf(imports: readonly string[]): string {
  const [, release] = imports.find((name) => name.startsWith('wasi:nn/'))?.split('@') ?? [];
  return NN_VERSIONS.find((version) => version === release) ?? NEWEST_NN;
}

/** A file of the contract for an older release of wasi:nn, without the parts that need the newest. */
function inRelease(content: string, release: string): string[] {
  if (PACKAGE.exec(content)?.[1]?.startsWith('sandpiper:') !== true) return [content];
  if (content.includes(NEWEST_ALONE)) return [];
  const [interfaces = ''] = content.split(/^world /m);
  return [interfaces.replaceAll(NEWEST_NN, release)];
}

const NEWEST_NN = NN_VERSIONS.at(-1) ?? '';
const NEWEST_ALONE = 'interface bound-inputs {';

function interfacesOf(packages: Packages): ReadonlyMap<string, string> {
  const names = packages.flatMap(([head, bodies]) => {
    const [pack = '', version] = head.split('@');
    return bodies.flatMap((body) =>
      [...body.matchAll(/^\s*interface (\S+) \{/gm)].map(([, name]) => `${pack}/${name}@${version}`),
    );
  });
  return new Map(names.map((name) => [unversioned(name), name]));
}

/** Drops the version, except of wasi:nn, whose releases differ; releases of WASI 0.2 are subsets of the last. */
function unversioned(name: string): string {
  return name.startsWith('wasi:nn/') ? name : name.replace(/@.*/, '');
}
