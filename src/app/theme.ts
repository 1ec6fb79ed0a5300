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

export function nextTheme(): void {
  const { theme } = themeStore.getState();
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
  apply(next);
  try {
    localStorage.setItem(key, next);
  } catch {
    // A browser without storage: the theme lasts as long as the page.
  }
}
