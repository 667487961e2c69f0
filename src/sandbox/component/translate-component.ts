/** Translates one component. The caller must bound its time and memory. */
import { transpileBytes } from '@bytecodealliance/jco-transpile';
import { componentWit } from '@bytecodealliance/jco-transpile/wasm-tools';
import { CODE_LIMITS } from '../../config/limits.ts';
import { messageOf } from '../../errors.ts';
import { assertContract } from './check-contract.ts';
import type { TranslatedComponent } from './translated-component.ts';
import { boundComponent } from './bound-component.ts';
import { hardenGlue } from './harden-glue.ts';
import { synchronousGlue } from './synchronous-glue.ts';

/** Allowance for the glue of all WASI interfaces, and more. */
const GLUE_BASE_BYTES = 2 * 1_048_576;
const GLUE_SHARE = 8;

/** @throws Error that says why the component cannot run here */
export async function translateComponent(component: Uint8Array): Promise<TranslatedComponent> {
  boundComponent(component);
  const { files, imports: linked } = await transpile(component);
  const glueFile = files['component.js'] ?? new Uint8Array();
  assertGlueSize(glueFile.length, component.length);
  // transpileBytes returns interface names without versions, which are needed for linking.
  const { imports, exports } = worldOf(await componentWit(component));
  const stated = new Set(imports.map(plainName));
  const hidden = linked.find((name) => !stated.has(name));
  if (hidden !== undefined) throw new Error(`it imports ${hidden} in a way that its world does not state`);
  const twice = [...imports, ...exports].map(plainName).find((name, at, all) => all.indexOf(name) !== at);
  if (twice !== undefined) {
    // The translator would link both to the same functions.
    throw new Error(`it states ${twice} twice: in two versions, or as an import and an export`);
  }
  await assertContract(component, imports, exports);
  const glue = new TextDecoder().decode(glueFile);
  const modules = Object.entries(files)
    .filter(([file]) => file.endsWith('.wasm'))
    .map(([file, bytes]): [string, Uint8Array<ArrayBuffer>] => [file, new Uint8Array(bytes)]);
  return { glue: synchronousGlue(hardenGlue(glue)), modules, imports, exports };
}

async function transpile(component: Uint8Array): ReturnType<typeof transpileBytes> {
  try {
    return await transpileBytes(component, {
      name: 'component',
      instantiation: 'sync',
      // Lists between two composed components are otherwise copied by one call per byte.
      multiMemory: true,
      base64Cutoff: 0,
      tracing: false,
    });
  } catch (error) {
    if (!messageOf(error).startsWith('wasm trap')) throw error;
    // The translator panicked, and its message is lost. Name what a well-meant component may run into.
    throw new Error(
      'the translator gave up on it: it takes more memory than compiledBytes allows, or two of its components pass text in UTF-16 to one another: pass list<u8> there',
      { cause: error },
    );
  }
}

/** A few types named by a few functions can make glue of hundreds of megabytes. */
function assertGlueSize(glueBytes: number, componentBytes: number): void {
  const allowed = Math.min(CODE_LIMITS.glueBytes, GLUE_BASE_BYTES + GLUE_SHARE * componentBytes);
  if (glueBytes <= allowed) return;
  throw new Error(
    `its ${componentBytes} bytes come to ${glueBytes} bytes of glue, over the ${allowed} that the limit glueBytes allows to such a file: it states large types many times`,
  );
}

function plainName(name: string): string {
  return name.replace(/@.*/, '');
}

/** Imports and exports of the first world in a component's WIT text, be they interfaces or functions. */
function worldOf(wit: string): { imports: string[]; exports: string[] } {
  const [, world = ''] = /^world \S+ \{([^]*?)\n\}/m.exec(wit) ?? [];
  const named = (keyword: string) =>
    [...world.matchAll(new RegExp(`^  ${keyword} %?(\\S+?)(?:;$|: )`, 'gm'))].flatMap(
      ([, name]) => name ?? [],
    );
  return { imports: named('import'), exports: named('export') };
}
