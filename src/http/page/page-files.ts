/**
 * The page's files, which come with the package as they are: read and compressed once, when somebody first asks.
 *
 * Guarantees: only files of the folder `page` can be asked for, each by its name. A browser asks again each time, and
 * is answered 304 for what it has: after an update no browser shows half of the old page.
 */
import { hash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import type { Request, Response } from 'express';
import Negotiator from 'negotiator';
import { packageFile } from '../../package-files.ts';

const FOLDER = packageFile('src/http/page/files/');
export const START_FILE = 'index.html';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const HEADERS = {
  /** Scripts and styles are files of this service; nothing is loaded from elsewhere, and no text becomes code. */
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' blob:",
    'media-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'Cache-Control': 'no-cache',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(self), microphone=(self), geolocation=()',
  Vary: 'Accept-Encoding',
};

const ENCODERS = { br: promisify(brotliCompress), gzip: promisify(gzip) } as const;
type Coding = keyof typeof ENCODERS | 'identity';

interface PageFile {
  readonly type: string;
  readonly digest: string;
  readonly bodies: Readonly<Record<Coding, Buffer>>;
}

let files: Promise<ReadonlyMap<string, PageFile>> | undefined;

export async function sendPageFile(name: string, request: Request, response: Response): Promise<boolean> {
  files ??= readFiles();
  const file = (await files).get(name);
  if (file === undefined) return false;
  const coding = (new Negotiator(request).encoding(['br', 'gzip', 'identity']) ?? 'identity') as Coding;
  response.set({ ...HEADERS, 'Content-Type': file.type, ETag: `"${file.digest}-${coding}"` });
  if (coding !== 'identity') response.set('Content-Encoding', coding);
  response.send(file.bodies[coding]);
  return true;
}

async function readFiles(): Promise<ReadonlyMap<string, PageFile>> {
  const names = (await readdir(FOLDER)).filter((name) => extname(name) in TYPES);
  return new Map(await Promise.all(names.map(async (name) => [name, await readPageFile(name)] as const)));
}

async function readPageFile(name: string): Promise<PageFile> {
  const identity = await readFile(new URL(name, FOLDER));
  const [br, gzipped] = await Promise.all([ENCODERS.br(identity), ENCODERS.gzip(identity)]);
  return {
    type: TYPES[extname(name)] ?? '',
    digest: hash('sha256', identity, 'base64url').slice(0, 22),
    bodies: { br, gzip: gzipped, identity },
  };
}
