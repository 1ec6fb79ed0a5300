import { readFile } from 'node:fs/promises';

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { z } from 'zod';

import { parseJsonText } from '../checkpoint/json/json-file.ts';
import { schedulerNames } from '../contract/schedulers.ts';
import { cases, changedJson, typed } from '../testing/files/fuzz.ts';
import { scheduleFor } from './schedule-for.ts';
import { parseSchedulerConfig } from './scheduler-config.ts';

const path = new URL('../reference/data/formats/scheduler-table.json', import.meta.url);
const { files } = z
  .object({ files: z.record(z.string(), z.unknown()) })
  .parse(parseJsonText(await readFile(path, 'utf8')));

it('a scheduler file with any value in any place is refused by a sentence, or gives finite numbers', async () => {
  const file = fc.constantFrom(...Object.values(files)).chain(changedJson);
  const run = fc
    .integer({ min: 1, max: 60 })
    .chain((steps) => fc.record({ steps: fc.constant(steps), first: fc.nat(steps - 1) }));
  await fc.assert(
    fc.asyncProperty(
      file,
      fc.constantFrom(...schedulerNames),
      run,
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (json, name, { steps: numInferenceSteps, first: firstStep }, eta) => {
        const schedule = await typed(['unsupported-config', 'setting-out-of-range'], () =>
          Promise.resolve(scheduleFor(name, parseSchedulerConfig(json), { numInferenceSteps, eta, firstStep })),
        );
        if (schedule === null) return;
        expect(schedule.steps).toHaveLength(numInferenceSteps - firstStep);
        for (const { timestep, alpha, sigma } of schedule.steps)
          expect([timestep, alpha, sigma, schedule.initialNoiseScale].every(Number.isFinite)).toBe(true);
      },
    ),
    { numRuns: cases },
  );
});
