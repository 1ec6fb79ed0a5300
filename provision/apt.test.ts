import { expect, it } from 'vitest';

import { parseOffers } from './apt.ts';

it('what apt-cache madison prints is read as version, suite and mirror; sources of code are passed over', () => {
  const printed = [
    ' mesa | 25.0.7-2~bpo12+1 | http://deb.debian.org/debian bookworm-backports/main amd64 Packages',
    ' mesa | 1:22.3.6-1+deb12u2 | http://deb.debian.org/debian bookworm/main amd64 Packages',
    ' mesa | 22.3.6-1 | http://deb.debian.org/debian bookworm/main Sources',
    '',
  ].join('\n');
  const mirror = 'http://deb.debian.org/debian';
  expect(parseOffers(printed)).toEqual([
    { version: '25.0.7-2~bpo12+1', suite: 'bookworm-backports', mirror },
    { version: '1:22.3.6-1+deb12u2', suite: 'bookworm', mirror },
  ]);
});
