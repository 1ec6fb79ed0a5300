import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { contentSecurityPolicy, metaPolicy, siteHeaders } from './headers.ts';
import { headersFile } from './host-files.ts';
import { manifestWithShareTarget } from './offline.ts';

const guide = readFileSync(join(import.meta.dirname, '../docs/hosting.md'), 'utf8');

it.each(Object.entries(siteHeaders))('the guide sends %s for nginx and Caddy as it is', (name, value) => {
  expect(guide).toContain(`add_header ${name} "${value}" always;`);
  expect(guide).toContain(`${name} "${value}"`);
});

it('a headers file holds each header of the table under one rule', () => {
  expect(headersFile({ A: 'b', C: 'd' })).toBe('/*\n  A: b\n  C: d\n');
});

it('the meta element says all that it can', () => {
  expect(contentSecurityPolicy).toBe(`${metaPolicy}; frame-ancestors 'none'`);
});

it('only the manifest of pages with a service worker offers an address for shared pictures', () => {
  const plain = readFileSync(join(import.meta.dirname, '../public/manifest.webmanifest'), 'utf8');
  expect(JSON.parse(plain)).not.toHaveProperty('share_target');
  expect(JSON.parse(manifestWithShareTarget(plain))).toEqual({
    ...(JSON.parse(plain) as object),
    share_target: {
      action: './share',
      method: 'POST',
      enctype: 'multipart/form-data',
      params: { files: [{ name: 'pictures', accept: ['image/*'] }] },
    },
  });
});
