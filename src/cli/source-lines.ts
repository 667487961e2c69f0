/**
 * Log lines of `sandpiper dev` with places in the project's sources, where its build left a map in `build/`:
 * `component.wasm.map` for AssemblyScript, that of a JavaScript file beside it for TypeScript.
 */
import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload, type SourceMapping } from 'node:module';
import { join } from 'node:path';
import type { LogTarget } from '../telemetry/logger.ts';

/** A frame of V8's, of a function that AssemblyScript named after its file: `at assembly/index/f (wasm://…:0x5235)`. */
const IN_COMPONENT = /at (\S+?)( \[\S+\])? \(wasm:[^()\s]*:wasm-function\[\d+\]:0x([\da-f]+)\)/g;

/** A place in a file that the compiler of TypeScript wrote. */
const IN_SCRIPT = /(?<![\w./-])\/?(build\/[\w.-]+\.js):(\d+)(?::(\d+))?/g;

/** A target that has the places put in, on their way to another. */
export function withSourceLines(project: string, target: LogTarget): LogTarget {
  const isTTY = target.isTTY === true;
  return { isTTY, write: (text) => target.write(inSources(project, text)) };
}

function inSources(project: string, text: string): string {
  return text
    .replace(IN_COMPONENT, (frame, name: string, exported: string | undefined, offset: string) => {
      const map = readMap(project, 'build/component.wasm');
      // A function of none of the map's sources is of another module.
      if (map === undefined || !isOf(map, name)) return frame;
      const place = find(map, 0, Number.parseInt(offset, 16));
      return place === undefined ? frame : `at ${name}${exported ?? ''} (${place})`;
    })
    .replace(IN_SCRIPT, (place, file: string, line: string, column = '1') => {
      const map = readMap(project, file);
      return (map && find(map, Number(line) - 1, Number(column) - 1)) ?? place;
    });
}

/** Not kept: the next build writes another map. */
function readMap(project: string, file: string): SourceMap | undefined {
  try {
    const text = readFileSync(join(project, `${file}.map`), 'utf8');
    return new SourceMap(JSON.parse(text) as SourceMapPayload);
  } catch {
    // None is written by the builds of other languages.
    return undefined;
  }
}

function find(map: SourceMap, line: number, column: number): string | undefined {
  const { originalSource, originalLine = 0, originalColumn = 0 } = entryAt(map, line, column);
  if (originalSource === undefined) return undefined;
  // Paths of a map in build/ lead to the project's folder.
  return `${originalSource.replace(/^(\.\.?\/)+/, '')}:${originalLine + 1}:${originalColumn + 1}`;
}

/** What the compiler added has an entry without a source, and belongs to what stands before it. */
function entryAt(map: SourceMap, line: number, column: number): Partial<SourceMapping> {
  const found: Partial<SourceMapping> = map.findEntry(line, column);
  const { originalSource, generatedColumn } = found;
  if (originalSource !== undefined || generatedColumn === undefined) return found;
  return map.findEntry(line, generatedColumn - 1);
}

function isOf({ payload }: SourceMap, name: string): boolean {
  return payload.sources.some((source) => name.startsWith(`${source.replace(/\.ts$/, '')}/`));
}
