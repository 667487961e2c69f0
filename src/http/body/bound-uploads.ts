/**
 * Bounds the memory of all bodies that are being read together, since many small ones could fill it too.
 *
 * Bytes count when they arrive, not when they are announced (announcing costs a client nothing), until the body is
 * complete; then they count against `maxQueuedBytes`. Over the bound the client with the most bytes loses its largest
 * upload, so that no client can lock out others. A single upload may be as large as its route allows.
 */
import type { RequestHandler } from 'express';
import type { ServiceLimits } from '../../config/limits.ts';
import { SandpiperError } from '../../errors.ts';
import { contextOf, optionsOf } from '../exchange/request-context.ts';
import { hasBody, refuseUpload } from './unread-body.ts';

interface Upload {
  readonly client: string;
  bytes: number;
  refuse(): void;
}

/** Counts every body that is read, through {@link RequestContext.received}. */
export function boundUploads({
  maxBodyBytesInFlight,
}: Pick<ServiceLimits, 'maxBodyBytesInFlight'>): RequestHandler {
  const uploads = new Set<Upload>();
  let bytes = 0;

  const leave = (upload: Upload): void => {
    if (uploads.delete(upload)) bytes -= upload.bytes;
  };
  const makeRoom = (): void => {
    const upload = bytes > maxBodyBytesInFlight && uploads.size > 1 ? evictionCandidate(uploads) : undefined;
    if (upload === undefined) return;
    leave(upload);
    upload.refuse();
  };

  return (request, response, next) => {
    if (hasBody(request)) {
      const context = contextOf(response);
      const upload: Upload = {
        client: optionsOf(context).client ?? '',
        bytes: 0,
        refuse: () => refuseUpload(response, next, noRoom(maxBodyBytesInFlight)),
      };
      context.received = (count) => {
        if (!uploads.has(upload)) return;
        upload.bytes += count;
        bytes += count;
        makeRoom();
      };
      context.readWhole = () => leave(upload);
      uploads.add(upload);
      response.once('close', () => leave(upload));
    }
    next();
  };
}

function evictionCandidate(uploads: Iterable<Upload>): Upload | undefined {
  const all = [...uploads];
  const sums = new Map<string, number>();
  for (const { client, bytes } of all) sums.set(client, (sums.get(client) ?? 0) + bytes);
  const most = Math.max(...sums.values());
  const [largest] = all
    .filter(({ client }) => sums.get(client) === most)
    .toSorted((a, b) => b.bytes - a.bytes);
  return largest;
}

function noRoom(maxBodyBytesInFlight: number): SandpiperError {
  return new SandpiperError(
    'over-capacity',
    `The bodies that are being sent come to more than the ${maxBodyBytesInFlight} bytes of maxBodyBytesInFlight, and yours is the largest: try again in 1 s.`,
    { retryAfterSeconds: 1 },
  );
}
