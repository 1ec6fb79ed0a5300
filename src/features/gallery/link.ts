/** A link to a picture's settings. They stand in the fragment, which no server sees; pictures are never in it. */
import { isUsed, settingKeys, settingTable, type AnySetting } from '../../../workers/api.ts';
import type { Recipe } from './picture-record.ts';

/** @param page address of this page */
export function linkOf({ compose, settings }: Recipe, page: string): string {
  const parameters = new URLSearchParams({ caption: compose.caption });
  const has = { pins: compose.pins.length > 0, look: false, bound: false, start: false, tiny: false };
  for (const key of settingKeys) {
    const row: AnySetting = settingTable[key];
    const value = settings[key];
    if (row.name === null || value === null || key === 'count' || !isUsed(row, settings, has)) continue;
    if (value === row.default && key !== 'seed') continue;
    parameters.set(row.name, row.kind === 'switch' ? (value === true ? 'on' : 'off') : String(value));
  }
  if (compose.pins.length > 0) parameters.set('pinned', compose.pins.map(({ word }) => word).join(','));
  const link = new URL(page);
  link.search = '';
  link.hash = parameters.toString();
  return link.href;
}
