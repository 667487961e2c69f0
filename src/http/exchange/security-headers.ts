/**
 * Security headers of every answer. Answers are data made for one request: they must not be cached, interpreted as
 * another type, or shown inside a page. A route that answers with a page sets its own Content-Security-Policy.
 */
export const SECURITY_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-store',
} as const;
