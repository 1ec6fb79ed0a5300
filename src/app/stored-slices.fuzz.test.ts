import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, mutate, mutations } from '../../workers/testing/files/fuzz.ts';
import { embeddingsSlice } from '../features/compose/embeddings/embeddings.ts';
import { librarySlice } from '../features/compose/library/library-record.ts';
import { composeSlice } from '../features/compose/pins/pins.ts';
import { stylesSlice } from '../features/compose/styles/styles-store.ts';
import { pictureSlice, recipeSlice } from '../features/gallery/picture-record.ts';
import { scoresSlice } from '../features/generate/compare/scores.ts';
import { modelChoiceSlice } from '../features/models/choice/model-choice.ts';
import { advancedSlice } from '../features/settings/advanced-store.ts';
import { carrySlice } from '../features/settings/carry-store.ts';
import { defaultSettings, settingsSlice } from '../features/settings/settings.ts';
import { firstStepsSlice } from './first-steps.ts';
import { readSlice, type Slice } from '../storage/slice.ts';

const slices: readonly Slice<unknown>[] = [
  embeddingsSlice,
  composeSlice,
  stylesSlice,
  scoresSlice,
  pictureSlice,
  recipeSlice,
  modelChoiceSlice,
  advancedSlice,
  carrySlice,
  librarySlice,
  settingsSlice,
  firstStepsSlice,
];

const data = fc.oneof(
  fc.jsonValue(),
  fc.object({ maxDepth: 3 }),
  fc.record({ caption: fc.jsonValue(), pins: fc.jsonValue(), waiting: fc.jsonValue() }),
  fc.record({ embeddings: fc.array(fc.jsonValue(), { maxLength: 3 }) }),
  fc.record({ styles: fc.array(fc.record({ name: fc.string(), words: fc.string() }), { maxLength: 3 }) }),
  mutations.map((mutation) => {
    try {
      return JSON.parse(
        Buffer.from(mutate(Buffer.from(JSON.stringify(defaultSettings)), mutation)).toString(),
      ) as unknown;
    } catch {
      return defaultSettings;
    }
  }),
  fc.anything(),
);
const version = fc.oneof(fc.integer({ min: -1, max: 9 }), fc.double(), fc.constantFrom('1', null, undefined, 2 ** 53));

describe('what the browser keeps', () => {
  it.each(slices)('is read as $key, or as nothing, whatever lies there', (slice) => {
    const stored = fc.oneof(fc.record({ version, data }), fc.anything());
    fc.assert(
      fc.property(stored, (value) => {
        const read = readSlice(slice, value);
        // What was taken is taken again after it was kept.
        if (read !== null) expect(readSlice(slice, { version: slice.version, data: read })).toEqual(read);
      }),
      { numRuns: cases },
    );
  });
});
