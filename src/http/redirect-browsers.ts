import type { NextFunction, Request, Response } from 'express';

/** Where a person who opens the service's address in a browser is led. */
const PAGE = '/docs';

/** `GET /` of a browser. Programs are answered as everywhere: theirs is `POST /`. */
export function redirectBrowsers(request: Request, response: Response, next: NextFunction): void {
  const isBrowser = request.get('accept')?.includes('text/html') === true;
  if (request.path === '/' && request.method === 'GET' && isBrowser) response.redirect(302, PAGE);
  else next();
}
