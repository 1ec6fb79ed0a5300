import type { ReactElement } from 'react';

/** Line icons on a 20-pixel grid, drawn for this project. */
const paths = {
  dice: 'M4.5 3h11A1.5 1.5 0 0 1 17 4.5v11a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 15.5v-11A1.5 1.5 0 0 1 4.5 3z M6.8 6.8h.01 M13.2 6.8h.01 M10 10h.01 M6.8 13.2h.01 M13.2 13.2h.01',
  lock: 'M5.5 9h9A1.5 1.5 0 0 1 16 10.5v5a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 4 15.5v-5A1.5 1.5 0 0 1 5.5 9z M6.5 9V6.5a3.5 3.5 0 0 1 7 0V9',
  unlock:
    'M5.5 9h9A1.5 1.5 0 0 1 16 10.5v5a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 4 15.5v-5A1.5 1.5 0 0 1 5.5 9z M6.5 9V6.5a3.5 3.5 0 0 1 6.8-1.2',
  download: 'M10 3v9.5 M6 9l4 4 4-4 M3.5 16.5h13',
  copy: 'M8.5 7h7A1.5 1.5 0 0 1 17 8.5v7a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 7 15.5v-7A1.5 1.5 0 0 1 8.5 7z M4.5 13A1.5 1.5 0 0 1 3 11.5v-7A1.5 1.5 0 0 1 4.5 3h7A1.5 1.5 0 0 1 13 4.5',
  trash: 'M3.5 5.5h13 M8 5.5V3.5h4v2 M5.5 5.5l.7 11h7.6l.7-11',
  reuse: 'M4 8.5A6.3 6.3 0 0 1 16 7.5 M16 3.5v4h-4 M16 11.5a6.3 6.3 0 0 1-12 1 M4 16.5v-4h4',
  plus: 'M10 4.5v11 M4.5 10h11',
  minus: 'M4.5 10h11',
  close: 'M5 5l10 10 M15 5L5 15',
  cutOut:
    'M5 12.2a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.6z M15 12.2a2.3 2.3 0 1 1 0 4.6 2.3 2.3 0 0 1 0-4.6z M6.4 12.6L14 3 M13.6 12.6L6 3',
  crop: 'M6 2.5V14h11.5 M2.5 6H14v11.5',
  picture:
    'M4.5 4h11A1.5 1.5 0 0 1 17 5.5v9a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 14.5v-9A1.5 1.5 0 0 1 4.5 4z M3.5 14l4-4 3.5 3.5 2-2 3.5 3.5 M13 7.6h.01',
  chevron: 'M6 8l4 4 4-4',
  up: 'M6 12l4-4 4 4',
  stop: 'M6 6h8v8H6z',
  place:
    'M4 7V5.5A1.5 1.5 0 0 1 5.5 4H7 M13 4h1.5A1.5 1.5 0 0 1 16 5.5V7 M16 13v1.5a1.5 1.5 0 0 1-1.5 1.5H13 M7 16H5.5A1.5 1.5 0 0 1 4 14.5V13 M10 7.5v5 M7.5 10h5',
  star: 'M10 3l2.1 4.5 4.9.6-3.6 3.4.9 4.9L10 14l-4.3 2.4.9-4.9L3 8.1l4.9-.6z',
  grid: 'M3.5 3.5h5v5h-5z M11.5 3.5h5v5h-5z M3.5 11.5h5v5h-5z M11.5 11.5h5v5h-5z',
  search: 'M8.8 3.5a5.3 5.3 0 1 1 0 10.6 5.3 5.3 0 0 1 0-10.6z M12.8 12.8l4 4',
  left: 'M12 5.5L7.5 10l4.5 4.5',
  right: 'M8 5.5l4.5 4.5L8 14.5',
  link: 'M8.5 11.5l3-3 M9.5 6.5l1.8-1.8a3 3 0 0 1 4.2 4.2L13.7 10.7 M10.5 13.5l-1.8 1.8a3 3 0 0 1-4.2-4.2l1.8-1.8',
  keys: 'M4 5.5h12A1.5 1.5 0 0 1 17.5 7v6a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 13V7A1.5 1.5 0 0 1 4 5.5z M5.8 8.5h.01 M8.6 8.5h.01 M11.4 8.5h.01 M14.2 8.5h.01 M7 11.7h6',
  compare: 'M3.5 5h5v10h-5z M11.5 5h5v10h-5z M10 2.5v15',
  wipe: 'M10 3v14 M6.5 7.5L4 10l2.5 2.5 M13.5 7.5L16 10l-2.5 2.5',
  bell: 'M5 13.5V9a5 5 0 0 1 10 0v4.5l1.2 1.5H3.8z M8.3 17h3.4',
  embedding: 'M10 3l1.7 4.8L16.5 9.5l-4.8 1.7L10 16l-1.7-4.8L3.5 9.5l4.8-1.7z',
  check: 'M4.5 10.5l3.5 3.5 7.5-8',
  eye: 'M2.5 10S5 4.8 10 4.8 17.5 10 17.5 10 15 15.2 10 15.2 2.5 10 2.5 10z M10 8a2 2 0 1 1 0 4 2 2 0 0 1 0-4z',
  brush:
    'M16.5 3.5l-6.8 6.8 M9.7 10.3a2.6 2.6 0 0 0-3.6.3c-1.2 1.4-.6 3.3-2.6 4.9 2.6 1 5.7.6 7-.9a2.6 2.6 0 0 0-.8-4.3z',
  enlarge: 'M12 3.5h4.5V8 M16.5 3.5L11 9 M8 16.5H3.5V12 M3.5 16.5L9 11',
  more: 'M3.5 6.5h10v10h-10z M6.5 6.5v-3h10v10h-3 M8.5 9.5v4 M6.5 11.5h4',
  undo: 'M7.5 4.5L4 8l3.5 3.5 M4 8h8a4 4 0 0 1 0 8H9',
  from: 'M16.5 10H7 M11 6l-4 4 4 4 M3.5 4v12',
  scores: 'M4 16.5V11 M8 16.5V6 M12 16.5V9 M16 16.5V3.5',
  pin: 'M7 3.5h6 M8 3.5v5l-2.5 3h9L12 8.5v-5 M10 11.5v5',
  theme: 'M10 3a7 7 0 1 0 0 14z M10 3a7 7 0 0 1 0 14',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }): ReactElement {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.5"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
