/** The parts of Triton's `config.pbtxt` that a graph does not state itself. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { FolderReader, linesOf } from './folder-reader.ts';
import { parseProtobufText, ProtobufTextError, type TextMessage } from './protobuf-text.ts';

export interface LabelFile {
  file: string;
  labels: readonly string[];
}

export interface TritonConfig {
  /** Order of the dimensions of picture inputs, by input name. */
  formats: ReadonlyMap<string, 'NCHW' | 'NHWC'>;
  /** Label files by output name. */
  labels: ReadonlyMap<string, LabelFile>;
}

export const TRITON_CONFIG_FILE = 'config.pbtxt';
const CONFIG_BYTES = 2 ** 20;

/**
 * @param folder of the model, with a folder for each version
 * @param directory the models directory, without links in its path
 * @returns `undefined` if there is none
 * @throws SandpiperError `invalid-model`: it cannot be read, or names labels that cannot
 */
export async function readTritonConfig(
  folder: string,
  name: string,
  directory?: string,
): Promise<TritonConfig | undefined> {
  const found = await stat(join(folder, TRITON_CONFIG_FILE)).catch(() => undefined);
  if (found === undefined) return undefined;
  const reader = new FolderReader(folder, name, directory);
  const bytes = await reader.readUnchecked(TRITON_CONFIG_FILE, { maxBytes: CONFIG_BYTES });
  const config = parse(Buffer.from(bytes).toString('utf8'), reader);
  const formats = portsOf(config, 'input').flatMap(([input, port]) => {
    const [, format] = /^FORMAT_(NCHW|NHWC)$/.exec(textOf(port, 'format') ?? '') ?? [];
    return format === 'NCHW' || format === 'NHWC' ? [[input, format] as const] : [];
  });
  const labels = await Promise.all(
    portsOf(config, 'output').map(async ([output, port]) => {
      const file = textOf(port, 'label_filename') ?? '';
      return file === ''
        ? []
        : [[output, { file, labels: linesOf(await reader.readUnchecked(file)) }] as const];
    }),
  );
  return { formats: new Map(formats), labels: new Map(labels.flat()) };
}

function parse(text: string, reader: FolderReader): TextMessage {
  try {
    return parseProtobufText(text);
  } catch (error) {
    if (!(error instanceof ProtobufTextError)) throw error;
    throw reader.refused(
      `${TRITON_CONFIG_FILE} is not in protobuf's text format (${error.message})`,
      'correct it, or take it away: the graph alone tells enough',
      error,
    );
  }
}

function portsOf(config: TextMessage, field: 'input' | 'output'): [name: string, port: TextMessage][] {
  return (config.get(field) ?? []).flatMap((port) => {
    const name = typeof port === 'string' ? undefined : textOf(port, 'name');
    return typeof port === 'string' || name === undefined ? [] : [[name, port]];
  });
}

function textOf(message: TextMessage, field: string): string | undefined {
  const value = message.get(field)?.at(-1);
  return typeof value === 'string' ? value : undefined;
}
