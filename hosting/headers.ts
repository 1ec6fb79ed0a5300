/** The headers that a host of the site sends with every file. docs/hosting.md writes them down for the usual hosts. */

/**
 * Threads of the wasm provider need a cross-origin isolated page; hosts that cannot send these headers run it
 * single-threaded. 'require-corp', because Safari does not know 'credentialless'.
 */
export const isolationHeaders = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
} as const;

/**
 * What the page may do. Models come from any address that the person names, so connect-src names no host. Popups and
 * toasts set styles through the DOM's objects, which no policy forbids; style elements and attributes in HTML it does.
 */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "connect-src 'self' https: http: blob:",
  "img-src 'self' blob: data:",
  "style-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
];

/** The policy as a meta element can say it: without what only a header can. */
export const metaPolicy = pagePolicy.join('; ');

export const contentSecurityPolicy = [...pagePolicy, "frame-ancestors 'none'"].join('; ');

const neverUsed = ['camera', 'microphone', 'geolocation', 'payment', 'usb', 'serial', 'display-capture'];

export const siteHeaders: Readonly<Record<string, string>> = {
  ...isolationHeaders,
  'Content-Security-Policy': contentSecurityPolicy,
  'Referrer-Policy': 'no-referrer',
  'Permissions-Policy': neverUsed.map((name) => `${name}=()`).join(', '),
  'X-Content-Type-Options': 'nosniff',
};
