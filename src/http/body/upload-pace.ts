/**
 * Enforces a minimum pace on request bodies, and refuses those that are incomplete when the service stops.
 *
 * Only the client's own slowness counts: the time in which there is nothing to read. A request that is queued unread is
 * not slow, nor is one whose client waits for `100 Continue`.
 *
 * Each upload has a time budget, which shrinks as time passes and grows with the bytes that arrive. When it is used up,
 * the request is answered with 408, its work is cancelled, and the rest of the body is dropped (unread-body.ts). One
 * timer checks all uploads, and runs only while there are some.
 */
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { ServiceLimits } from '../../config/limits.ts';
import { SandpiperError } from '../../errors.ts';
import type { InferenceService } from '../../service/api/tasks.ts';
import { notReady } from '../../service/api/service-errors.ts';
import { isStopping } from '../exchange/find-model.ts';
import { contextOf } from '../exchange/request-context.ts';
import { hasBody, refuseUpload } from './unread-body.ts';

const lookEveryMs = 1_000;

interface Upload {
  readonly request: Request;
  readonly response: Response;
  readonly next: NextFunction;
  /** Bytes of the connection that have been counted so far. */
  counted: number;
  /** Milliseconds that it may still fall behind. */
  credit: number;
}

type Limits = Pick<ServiceLimits, 'uploadBytesPerSecond' | 'uploadStallMs'>;

export function keepUploadPace(service: Pick<InferenceService, 'state'>, limits: Limits): RequestHandler {
  const uploads = new Set<Upload>();
  const everyMs = Math.min(lookEveryMs, limits.uploadStallMs / 4);
  let timer: NodeJS.Timeout | undefined;

  const refuse = (upload: Upload, error: SandpiperError): void => {
    uploads.delete(upload);
    refuseUpload(upload.response, upload.next, error);
  };
  const look = (): void => {
    for (const upload of uploads) {
      const live = contextOf(upload.response).live === true;
      if (live || upload.request.complete || upload.request.destroyed) uploads.delete(upload);
      else if (isStopping(service)) refuse(upload, notReady(service.state));
      else if (!isInTime(upload, everyMs, limits)) refuse(upload, tooSlow(limits));
    }
    if (uploads.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  return (request, response, next) => {
    if (hasBody(request)) {
      const { socket } = request;
      uploads.add({ request, response, next, counted: socket.bytesRead, credit: limits.uploadStallMs });
      timer ??= setInterval(look, everyMs).unref();
    }
    next();
  };
}

function isInTime(
  upload: Upload,
  elapsedMs: number,
  { uploadBytesPerSecond, uploadStallMs }: Limits,
): boolean {
  const { request, counted } = upload;
  const { bytesRead } = request.socket;
  const asked = request.headers.expect === undefined || bytesRead > counted;
  const lost = asked && request.readableLength === 0 ? elapsedMs : 0;
  const won = ((bytesRead - counted) / uploadBytesPerSecond) * 1_000;
  upload.counted = bytesRead;
  upload.credit = Math.min(uploadStallMs, upload.credit - lost + won);
  return upload.credit > 0;
}

function tooSlow({ uploadBytesPerSecond }: Limits): SandpiperError {
  return new SandpiperError(
    'upload-too-slow',
    `The body came too slowly: this service waits for one of ${uploadBytesPerSecond} bytes a second or more.`,
  );
}
