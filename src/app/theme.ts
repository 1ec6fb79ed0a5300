import { createStore } from 'zustand/vanilla';

/** In localStorage, not in the database: it must be known before the first paint. */
const key = 'pinword-theme';
const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export const themeStore = createStore<{ readonly theme: Theme }>(() => ({ theme: 'system' }));

function apply(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
  themeStore.setState({ theme });
}

export function startTheme(): void {
  try {
    const stored = localStorage.getItem(key);
    apply(themes.find((theme) => theme === stored) ?? 'system');
  } catch {
    apply('system');
  }
}

/** Away from the system's theme first, so that each press changes what is seen; then the system's own as a fixed choice. */
export function themeAfter(theme: Theme, isSystemDark: boolean): Theme {
  if (theme === 'system') return isSystemDark ? 'light' : 'dark';
  const isAway = (theme === 'dark') !== isSystemDark;
  if (!isAway) return 'system';
  return isSystemDark ? 'dark' : 'light';
}

export function nextTheme(): void {
  const next = themeAfter(themeStore.getState().theme, matchMedia('(prefers-color-scheme: dark)').matches);
  apply(next);
  try {
    localStorage.setItem(key, next);
  } catch {
    // A browser without storage: the theme lasts as long as the page.
  }
}
