import { expect, it } from 'vitest';

import { LimitedGpu } from '../../testing/gpu/limited-gpu.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import {
  numberedPicture,
  pinOn,
  plainRequest,
  referenceEngine,
  referenceRequest,
  value,
} from '../../testing/runs/reference-engine.ts';

const generations = 200;

it(`${generations} runs with ever other pictures and captions leave no buffer, no session and no device more`, async () => {
  const backend = await nodeBackend('webgpu');
  const { gpu, ort } = backend;
  if (gpu === null) throw new RangeError('There is no GPU.');
  const counted = new LimitedGpu(gpu.device);
  let sessions = 0;
  const create = ort.InferenceSession.create.bind(ort.InferenceSession) as (...given: unknown[]) => Promise<unknown>;
  Object.assign(ort.InferenceSession, {
    create: (...given: unknown[]) => {
      sessions += 1;
      return create(...given);
    },
  });
  let devices = 0;
  const openBackend = () => {
    devices += 1;
    return Promise.resolve(backend);
  };
  const engine = await referenceEngine('sd15', { openBackend });
  value(
    await engine.loadModel(
      referenceRequest('sd15', 'webgpu'),
      () => undefined,
      () => true,
    ),
  );

  const seen: { readonly live: number; readonly sessions: number }[] = [];
  for (let run = 0; run < generations; run++) {
    const pin = { kind: 'picture', image: numberedPicture(0), hash: String(run), region: null } as const;
    const request = {
      ...plainRequest,
      caption: `a dog ${run}`,
      width: 64,
      height: 64,
      steps: 1,
      alpha: 0.5,
      pins: [pinOn(1, [pin])],
    };
    value(await engine.generate(request, () => undefined));
    seen.push({ live: counted.live, sessions });
  }
  // The first runs open what every run needs.
  expect(new Set(seen.slice(3).map(({ live }) => live))).toEqual(new Set([seen[3]?.live]));
  expect(seen.at(-1)?.sessions).toBe(seen[3]?.sessions);
  expect(devices).toBe(1);
});
