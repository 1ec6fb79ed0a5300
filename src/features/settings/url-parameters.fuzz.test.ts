import fc from 'fast-check';
import { expect, it } from 'vitest';
import { settingKeys, settingTable } from '../../../workers/api.ts';
import { cases } from '../../../workers/testing/files/fuzz.ts';
import { defaultSettings, settingsSchema } from './settings.ts';
import { longestForeignText, overlaySettings, readUrlParameters } from './url-parameters.ts';

const names = settingKeys.flatMap((key) => settingTable[key].name ?? []);
const name = fc.oneof(fc.constantFrom(...names, 'caption', 'model', 'provider'), fc.string({ maxLength: 8 }));
const value = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.double().map(String),
  fc.bigInt().map(String),
  fc.constantFrom(
    '',
    'true',
    'NaN',
    '-0',
    '1e999',
    '0x10',
    '1_000',
    ' 7 ',
    'javascript:alert(1)',
    'http://u:p@host/',
    '//x',
  ),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.constant('a'.repeat(longestForeignText + 1)),
);
const query = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(fc.tuple(name, value), { maxLength: 8 }).map((pairs) => new URLSearchParams(pairs).toString()),
  },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 60 }) },
);

it('an address of any kind gives settings in range, a caption of bounded length and a model without a password', () => {
  fc.assert(
    fc.property(query, (text) => {
      const { caption, settings, model, provider, problems } = readUrlParameters(`https://site.example/?${text}`);
      expect(caption === null || caption.length <= longestForeignText).toBe(true);
      expect(settingsSchema.safeParse(overlaySettings(defaultSettings, settings)).success).toBe(true);
      expect([null, 'webgpu', 'wasm']).toContain(provider);
      if (model !== null) {
        const url = new URL(model);
        expect(['http:', 'https:']).toContain(url.protocol);
        expect([url.username, url.password, url.search, url.hash]).toEqual(['', '', '', '']);
      }
      for (const problem of problems) expect(problem).toMatch(/in the address was/u);
    }),
    { numRuns: cases },
  );
});
