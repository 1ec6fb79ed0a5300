/** The contact sheet: a row a subject and caption, its first photo on the left, a column a method. */
import { dirname, relative } from 'node:path';

import { photosOf } from './subjects.ts';
import type { PlannedPicture } from './plan.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** @param html where the page will lie: its pictures are named from there */
export function contactSheet(data: string, pictures: readonly PlannedPicture[], html: string): string {
  const image = (file: string): string =>
    `<td><img src="${escaped(encodeURI(relative(dirname(html), file)))}" width="180" height="180"></td>`;
  const columns = [...new Set(pictures.map(({ method }) => method))];
  const titleOf = ({ subject, caption, seed }: PlannedPicture): string => `${subject.name}: ${caption}, seed ${seed}`;
  const rows = new Map<string, PlannedPicture[]>();
  for (const picture of pictures) rows.set(titleOf(picture), [...(rows.get(titleOf(picture)) ?? []), picture]);
  const body = [...rows].map(([title, made]) => {
    const [first] = made;
    const [photo] = first === undefined ? [] : photosOf(data, first.subject);
    const cells = columns.map((column) => {
      const picture = made.find(({ method }) => method === column);
      return picture === undefined ? '<td></td>' : image(picture.file);
    });
    return `<tr><th>${escaped(title)}</th>${photo === undefined ? '<td></td>' : image(photo)}${cells.join('')}</tr>`;
  });
  const head = ['', 'photo', ...columns].map((title) => `<th>${escaped(title)}</th>`).join('');
  return [
    '<!doctype html><meta charset="utf-8"><title>DreamBench</title>',
    '<style>body{font:14px system-ui}th{max-width:160px;text-align:left;font-weight:500}img{object-fit:cover}</style>',
    `<table><tr>${head}</tr>${body.join('\n')}</table>`,
  ].join('\n');
}
