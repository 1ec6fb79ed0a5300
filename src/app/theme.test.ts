import { expect, it } from 'vitest';
import { themeAfter, type Theme } from './theme.ts';

it.each([
  [false, ['dark', 'light', 'system']],
  [true, ['light', 'dark', 'system']],
] as const)(
  'the first press leaves the theme of the system (dark: %s), the third goes back to it',
  (isSystemDark, expected) => {
    const seen: Theme[] = [];
    let theme: Theme = 'system';
    for (let press = 0; press < 3; press += 1) {
      theme = themeAfter(theme, isSystemDark);
      seen.push(theme);
    }
    expect(seen).toEqual(expected);
  },
);
