/**
 * Whether the types that a component states are the contract's, exactly: by asking the component model's own validator
 * whether the component could be composed with the contract.
 *
 * A component writes its own idea of what it imports into its file, and the translator binds to that: a tensor whose
 * constructor takes text in place of bytes, a `static constructor` that lands on JavaScript's `Function`, a number of
 * another type. The contract is wit/, with wit/wasi/ and the older releases of wasi:nn in wit/older-nn/.
 *
 * A composition is made that is never run. Around the component stand the contract's interfaces: what it imports is
 * given to it from them, and what it exports is given to a second component that imports it as the contract has it. A
 * number of another type, a parameter or a field too many: the composition is not valid then, and the validator says
 * why.
 */
import { readdir, readFile } from 'node:fs/promises';
import { componentEmbed, componentNew, componentWit } from '@bytecodealliance/jco-transpile/wasm-tools';
import { messageOf } from '../../errors.ts';
import { NN_VERSIONS } from '../../nn/wit-versions.ts';
import { packageFile } from '../../package-files.ts';
import { BinaryReader, leb, PREAMBLE_BYTES, sectionsOf } from '../code/wasm-binary.ts';

const SECTION = { coreModule: 1, component: 4, instance: 5, alias: 6, import: 10 } as const;

/** Of the validator's words, in which names of the component's choice stand. */
const MAX_WORDS = 300;

const PACKAGE = /^package ([^;]+);$/m;

/** The sort of an instance, and how an instance comes about and an export of one is named. */
const INSTANCE = 0x05;
const INSTANTIATE = 0x00;
const EXPORT_OF_INSTANCE = 0x00;

/**
 * @param imports with their versions
 * @param exports with their versions
 * @throws Error saying what differs
 */
export async function assertContract(
  component: Uint8Array,
  imports: readonly string[],
  exports: readonly string[],
): Promise<void> {
  const packages = await contractPackages(releaseOf(imports));
  const known = interfacesOf(packages);
  const ofContract = (name: string) => known.get(unversioned(name));
  // What the contract does not have is refused by the grants, which say what there is.
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

/** The contract's part, the component, and the contract's part once more to take what the component exports. */
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
      ...exports.flatMap(([own]) => [INSTANCE, EXPORT_OF_INSTANCE, ...leb(guest), ...text(own)]),
    ]),
    section(SECTION.instance, instantiate(1, forContract)),
  ]);
}

function instantiate(component: number, args: readonly number[][]): number[] {
  return [1, INSTANTIATE, component, ...leb(args.length), ...args.flat()];
}

function argument(name: string, instance: number): number[] {
  return [...text(name), INSTANCE, ...leb(instance)];
}

function text(name: string): number[] {
  const bytes = Buffer.from(name);
  return [...leb(bytes.length), ...bytes];
}

function section(id: number, content: Uint8Array | readonly number[]): Uint8Array {
  return Buffer.concat([Uint8Array.from([id, ...leb(content.length)]), Uint8Array.from(content)]);
}

/** A component that imports these interfaces as the contract has them, and does nothing. */
async function importing(names: readonly string[], packages: Packages): Promise<Uint8Array> {
  const nested = packages.map(([head, bodies]) => `package ${head} {\n${bodies.join('\n')}\n}\n`);
  const imports = names.map((name) => `  import ${name};\n`).join('');
  const witSource = `package sandpiper:stated;\nworld stated {\n${imports}}\n${nested.join('\n')}`;
  const dummy = await componentNew(await componentEmbed({ witSource, world: 'stated', dummy: true }));
  // Its types and imports come first, and its code, which is left out here, after them.
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

/** Bodies of the files of each package, by its name and version. */
type Packages = readonly (readonly [head: string, bodies: readonly string[]])[];

/** @param release of wasi:nn, which the interfaces of our own are then stated in */
async function contractPackages(release: string): Promise<Packages> {
  const folder = packageFile('wit/');
  const files = (await readdir(folder, { recursive: true })).filter((file) => file.endsWith('.wit'));
  const contents = await Promise.all(files.toSorted().map((file) => readFile(new URL(file, folder), 'utf8')));
  const texts = release === NEWEST_NN ? contents : contents.flatMap((content) => inRelease(content, release));
  const bodies = Map.groupBy(texts, (file) => PACKAGE.exec(file)?.[1] ?? '');
  return [...bodies].map(([head, own]) => [head, own.map((file) => file.replace(PACKAGE, ''))]);
}

/** The release of wasi:nn that a component speaks: the newest where it imports none, or one that there is not. */
function releaseOf(imports: readonly string[]): string {
  const [, release] = imports.find((name) => name.startsWith('wasi:nn/'))?.split('@') ?? [];
  return NN_VERSIONS.find((version) => version === release) ?? NEWEST_NN;
}

/** One file of the contract with an older release of wasi:nn wherever it names it; some of it is of the newest alone. */
function inRelease(content: string, release: string): string[] {
  if (PACKAGE.exec(content)?.[1]?.startsWith('sandpiper:') !== true) return [content];
  if (content.includes(NEWEST_ALONE)) return [];
  const [interfaces = ''] = content.split(/^world /m);
  return [interfaces.replaceAll(NEWEST_NN, release)];
}

const NEWEST_NN = NN_VERSIONS.at(-1) ?? '';
const NEWEST_ALONE = 'interface bound-inputs {';

/** Full names by the names without version. */
function interfacesOf(packages: Packages): ReadonlyMap<string, string> {
  const names = packages.flatMap(([head, bodies]) => {
    const [pack = '', version] = head.split('@');
    return bodies.flatMap((body) =>
      [...body.matchAll(/^\s*interface (\S+) \{/gm)].map(([, name]) => `${pack}/${name}@${version}`),
    );
  });
  return new Map(names.map((name) => [unversioned(name), name]));
}

/** Releases of wasi:nn differ; those of everything else have a part of the last one's types. */
function unversioned(name: string): string {
  return name.startsWith('wasi:nn/') ? name : name.replace(/@.*/, '');
}
