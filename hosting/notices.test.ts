import { expect, it } from 'vitest';

import packageJson from '../package.json' with { type: 'json' };
import { noticesText, packageNotices } from './notices.ts';

const notices = packageNotices();

it('every dependency of the site has its notice, and so have theirs', () => {
  const names = notices.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(Object.keys(packageJson.dependencies)));
  expect(names).toContain('scheduler');
});

it.each(notices)('$name: its licence is there with who holds the rights', ({ text }) => {
  expect(text).toMatch(/copyright/i);
  expect(text).toMatch(/warrant/i);
});

it('the file names each package with version and licence', () => {
  const notice = { name: 'one', version: '1.2.3', license: 'MIT', text: 'Copyright nobody\n' };
  expect(noticesText([notice])).toContain('one 1.2.3 (MIT)\n\nCopyright nobody\n');
});
