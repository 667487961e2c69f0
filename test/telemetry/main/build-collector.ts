import { execFile } from 'node:child_process';
import { access, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Unavailable } from '../../support/python-environment.ts';

const run = promisify(execFile);
const VERSION = 'v0.161.0';
const cache = join(import.meta.dirname, '../../../.cache/telemetry');

/**
 * OpenTelemetry's collector with what the tests need, as otelcol.yaml says: built once, in some minutes, and kept.
 *
 * @throws Unavailable without Go, or where it cannot build
 */
export async function buildCollector(): Promise<string> {
  const binary = join(cache, `otelcol-${VERSION}`);
  if (
    await access(binary).then(
      () => true,
      () => false,
    )
  )
    return binary;
  const [bin, output] = [join(cache, 'bin'), join(cache, 'otelcol')];
  await mkdir(cache, { recursive: true });
  try {
    const builder = `go.opentelemetry.io/collector/cmd/builder@${VERSION}`;
    await run('go', ['install', builder], { env: { ...process.env, GOBIN: bin } });
    const recipe = join(import.meta.dirname, 'otelcol.yaml');
    await run(join(bin, 'builder'), ['--config', recipe, '--output-path', output], { maxBuffer: 2 ** 26 });
  } catch (error) {
    throw new Unavailable(`the collector could not be built: ${String(error).slice(0, 300)}`, {
      cause: error,
    });
  }
  await rename(join(output, 'otelcol'), binary);
  return binary;
}
