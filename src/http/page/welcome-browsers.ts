import type { Request, RequestHandler } from 'express';
import type { Settings } from '../../config/settings.ts';
import { sendPageFile, START_FILE } from './page-files.ts';

/**
 * `GET /` of a browser: the page, or where there is none the description of the API. Programs are answered as
 * everywhere: theirs is `POST /`.
 */
export function welcomeBrowsers({ page }: Settings): RequestHandler {
  return async (request, response, next) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (request.path !== '/' || !isRead || request.get('accept')?.includes('text/html') !== true) {
      next();
      return;
    }
    const folder = lastOfPath(request);
    if (!page) response.redirect(302, folder === '' ? 'docs' : `${folder}/docs`);
    // The page's files lie below it.
    else if (folder !== '') response.redirect(302, `${folder}/`);
    else await sendPageFile(START_FILE, request, response);
  };
}

/** Where this is mounted in another server: the last part of that path, if the browser asks without a slash. */
function lastOfPath({ originalUrl }: Request): string {
  const path = originalUrl.split('?', 1)[0] ?? '';
  return path.slice(path.lastIndexOf('/') + 1);
}
