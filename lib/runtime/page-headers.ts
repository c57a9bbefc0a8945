/** The headers of the live page's files, wherever they are served. */

/** Nothing from elsewhere, nothing inline, no text that becomes markup. */
const POLICY_OF_CONTENT = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

/** Beside the type of a file. */
export const PAGE_HEADERS = {
  'Content-Security-Policy': POLICY_OF_CONTENT,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
} as const;
