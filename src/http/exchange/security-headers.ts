/**
 * What every answer tells browsers. Answers are data made for one request: nobody is to keep them, to take them
 * for another type than they say, or to show them inside a page. A route that answers with a page of its own
 * sets a Content-Security-Policy of its own.
 */
export const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
} as const;
