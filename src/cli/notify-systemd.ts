import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { messageOf } from '../errors.ts';
import type { Logger } from '../telemetry/logger.ts';

const WAIT_MS = 10_000;

/**
 * Notifies systemd that a unit of `Type=notify` is ready, by systemd's command, since Node cannot open Unix datagram
 * sockets.
 */
export async function notifySystemd(logger: Logger): Promise<void> {
  if (!process.env['NOTIFY_SOCKET']) return;
  try {
    await promisify(execFile)('systemd-notify', ['--ready'], { timeout: WAIT_MS });
  } catch (error) {
    logger.warn(`systemd-notify --ready failed, and systemd goes on waiting: ${messageOf(error)}`);
  }
}
