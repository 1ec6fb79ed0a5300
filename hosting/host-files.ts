/** What the built site brings for hosts: the policy in the page itself, and the headers as a file of Netlify's format. */
import type { HtmlTagDescriptor, Plugin } from 'vite';

import { metaPolicy, siteHeaders } from './headers.ts';

export function headersFile(headers: Readonly<Record<string, string>>): string {
  return ['/*', ...Object.entries(headers).map(([name, value]) => `  ${name}: ${value}`), ''].join('\n');
}

/** For hosts that send no headers. It does not bind what workers fetch: only the header does. */
const metaTags: HtmlTagDescriptor[] = [
  { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: metaPolicy }, injectTo: 'head-prepend' },
  { tag: 'meta', attrs: { name: 'referrer', content: 'no-referrer' }, injectTo: 'head-prepend' },
];

export function hostFiles(): Plugin {
  return {
    name: 'host-files',
    apply: 'build',
    transformIndexHtml: () => metaTags,
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: '_headers', source: headersFile(siteHeaders) });
    },
  };
}
