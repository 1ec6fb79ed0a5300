import { describe, expect, it } from 'vitest';

import type { Pixels } from '../../api.ts';
import { providers } from '../../testing/gpu/node-backend.ts';
import { loadReferenceModel, readReferenceRuns } from '../../testing/runs/reference-runs.ts';
import { isShort, runOnce, testWholeRuns } from '../../testing/runs/whole-runs.ts';
import { releaseModel } from '../model/loaded-model.ts';

describe.each(providers)('short runs on %s', (provider) => {
  describe.each(['sd15', 'v-prediction'] as const)('of the checkpoint %s', (name) =>
    testWholeRuns({ name, provider, precision: 'f32', chosen: isShort }),
  );
});

describe('the memory plan', () => {
  it('that runs branches one by one and decodes in tiles gives the same latents', async () => {
    const [run] = await readReferenceRuns('sd15');
    if (run === undefined) throw new RangeError('There is no run.');
    const model = await loadReferenceModel('sd15', 'wasm', { branches: 'one-by-one', vaeTile: 6, keepEncoders: false });
    const previews: Pixels[] = [];
    const short = { ...run, steps: 4 };
    const together = await loadReferenceModel('sd15', 'wasm', { vaeTile: 0 });
    const { events } = await runOnce(model, short);
    const expected = await runOnce(together, short);
    for (const event of events) if (event.type === 'step') previews.push(event.preview);
    const wanted = expected.events.flatMap((event) => (event.type === 'step' ? [event.preview] : []));
    expect(previews.map(({ data }) => [...data])).toEqual(wanted.map(({ data }) => [...data]));
    await releaseModel(model);
    await releaseModel(together);
  });
});
