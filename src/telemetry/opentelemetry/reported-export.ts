import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { Logger } from '../logger.ts';

interface Exporter<Batch> {
  export(batch: Batch, done: (result: ExportResult) => void): void;
}

/** The exporter, which now says in the log when its batches begin to fail, and when they get through again. */
export function reported<Batch, Whole extends Exporter<Batch>>(
  exporter: Whole & Exporter<Batch>,
  what: string,
  logger: Logger,
): Whole {
  let failing = false;
  const send = exporter.export.bind(exporter);
  exporter.export = (batch, done) => {
    send(batch, (result) => {
      const failed = result.code === ExportResultCode.FAILED;
      if (failed && !failing)
        logger.warn({ reason: String(result.error?.message).slice(0, 200) }, `${what} cannot be sent`);
      if (!failed && failing) logger.info(`${what} are sent again`);
      failing = failed;
      done(result);
    });
  };
  return exporter;
}
