import type { Tensor } from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';

import type { Branch, StepMoment } from '../../pipeline/modules/conditions.ts';
import type { LookSource } from '../../pipeline/modules/look-source.ts';
import { runSession, type Session } from '../../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { nodeBackend, providers } from '../../testing/gpu/node-backend.ts';
import { entry, relativeError } from '../../testing/reference/reference-case.ts';
import { type LookCase, order, ReferenceLook } from '../../testing/reference/reference-look.ts';
import type { Grid, Subjects } from '../modules/look-names.ts';
import { wordMapTensors } from '../modules/word-map-names.ts';
import { buildUNet } from './unet.ts';

const wordSpans = [[3, 4], [9]] as const;
const strengths = [0.9, 0.6] as const;

const moment = (look: readonly number[], branches: readonly Branch[] = order): StepMoment => ({
  branches,
  guidance: { alpha: 0.5, guidanceScale: 7.5 },
  strengths: { look, detail: [] },
  step: 5,
  steps: 10,
});

/** Of the feeds those that a session reads. */
function run(session: Session, feeds: Record<string, Tensor>): ReturnType<typeof runSession> {
  const { inputNames } = session.inference;
  return runSession(session, Object.fromEntries(Object.entries(feeds).filter(([name]) => inputNames.includes(name))));
}

/** Word maps where nothing is bound: all 1. */
function unbound(look: ReferenceLook, source: LookSource): Record<string, Tensor> {
  const { dims } = source.wordMaps;
  const ones = new Float32Array(dims.reduce((product, size) => product * size)).fill(1);
  const maps = floatTensor(look.unet.backend, ones, dims);
  return { [wordMapTensors.before]: maps, [wordMapTensors.given]: maps };
}

describe.each(providers)('a network that looks at pictures on %s', (provider) => {
  describe.each<[LookCase, Grid]>([
    ['sd15', { height: 7, width: 10 }],
    ['lists', { height: 7, width: 10 }],
    provider === 'webgpu' ? ['half', { height: 8, width: 8 }] : ['no-middle', { height: 8, width: 8 }],
  ])('%s at %o', (name, size) => {
    const sizeName = `${size.height}x${size.width}`;
    const floor = name === 'half' ? 1e-2 : 1e-4;
    let look: ReferenceLook;
    const sessions = new Map<Subjects, Session>();
    beforeAll(async () => {
      look = await ReferenceLook.load(await nodeBackend(provider), name);
      for (const subjects of ['one', 'several'] as const)
        sessions.set(subjects, await look.openLooking(size, subjects));
    });

    const sessionFor = (source: LookSource): Session =>
      entry(sessions, source.wordMaps.dims[0] === 1 ? 'one' : 'several');

    const predict = async (source: LookSource, scales: readonly number[]): Promise<Float32Array> => {
      const results = await run(sessionFor(source), {
        latents: look.latents(sizeName),
        ...(await look.feeds(source, order, moment(scales))),
        ...unbound(look, source),
      });
      return takeFloats(output(results, 'noise_prediction'));
    };
    const expected = (key: string): Float32Array => entry(look.reference, `${sizeName}.${key}`).values;

    it('at strength 0 is the network without, bit for bit', async () => {
      const { config, weights, kernels } = look.unet;
      const source = look.source(size, [{ subject: 0, photos: 1 }]);
      const plain = await look.unet.open(buildUNet(config, weights, { kernels, ...size }));
      const results = await run(plain, {
        latents: look.latents(sizeName),
        ...(await look.feeds(source, order, moment([0]))),
      });
      expect(await predict(source, [0])).toEqual(await takeFloats(output(results, 'noise_prediction')));
      await plain.release();
    });

    it('for one subject is the network for several', async () => {
      const source = look.source(size, [{ subject: 0, photos: 2 }]);
      const feeds = {
        latents: look.latents(sizeName),
        ...(await look.feeds(source, order, moment([0.7]))),
        ...unbound(look, source),
      };
      const [one, several] = [await run(entry(sessions, 'one'), feeds), await run(entry(sessions, 'several'), feeds)];
      const noise = async (results: typeof one) => takeFloats(output(results, 'noise_prediction'));
      expect(relativeError(await noise(one), await noise(several))).toBeLessThan(floor);
    });

    it.each([
      ['a picture at strength 0', 'scale-0', [{ subject: 0, photos: 1 }], [0]],
      ['a picture at strength 0.6', 'scale-0.6', [{ subject: 0, photos: 1 }], [0.6]],
      ['a picture at strength 1', 'scale-1', [{ subject: 0, photos: 1 }], [1]],
      ['two pictures of one subject', 'two-photos', [{ subject: 0, photos: 2 }], [0.8]],
      [
        'two subjects with one and three pictures',
        'two-subjects',
        [
          { subject: 0, photos: 1 },
          { subject: 1, photos: 3 },
        ],
        strengths,
      ],
    ] as const)('predicts what diffusers predicts for %s', async (_, key, subjects, scales) => {
      const actual = await predict(look.source(size, subjects), scales);
      expect(relativeError(actual, expected(key))).toBeLessThan(floor);
    });

    it('predicts what diffusers predicts for two subjects with masks', async () => {
      const subjects = [0, 1].map((subject) => ({
        subject,
        photos: 1,
        areaAt: ({ height, width }: Grid) => {
          const masks = expected(`mask_${height}x${width}`);
          return masks.slice(subject * height * width, (subject + 1) * height * width);
        },
      }));
      const actual = await predict(look.source(size, subjects), strengths);
      expect(relativeError(actual, expected('two-masked'))).toBeLessThan(floor);
    });

    it('predicts what diffusers predicts with a strength for each layer', async () => {
      const layerWeights = Array.from({ length: look.layerCount }, (__, layer) => [0, 1, 0.25][layer % 3] ?? 0);
      const actual = await predict(look.source(size, [{ subject: 0, photos: 1, layerWeights }]), [1]);
      expect(relativeError(actual, expected('layers'))).toBeLessThan(floor);
    });

    it.each([
      ['the text', 1, 1],
      ['the unified branch, where there is no other', 1, 0],
      ['the text, of two subjects', 2, 1],
    ] as const)('is bound to words as Conceptrol binds it, by the maps of %s', async (_, count, told) => {
      const subjects = wordSpans.slice(0, count).map((positions, subject) => ({
        subject,
        photos: 1,
        positions: { text: positions, unified: positions },
      }));
      const source = look.source(size, subjects, true);
      // The row of the text is there in all references; where the unified branch tells the maps, it is not computed here.
      const branches = told === 1 ? order : order.filter((branch) => branch !== 'text');
      const { dims } = source.wordMaps;
      const backend = look.unet.backend;
      const zeros = new Float32Array(dims.reduce((product, length) => product * length));
      let maps: Float32Array = zeros;
      for (let step = 0; step < 3; step++) {
        const now = { ...moment(strengths.slice(0, count), branches), step: step === 0 ? 0 : 5 };
        const results = await run(sessionFor(source), {
          latents: look.latents(sizeName, step),
          ...(await look.feeds(source, branches, now)),
          [wordMapTensors.before]: floatTensor(backend, maps, dims),
          [wordMapTensors.given]: floatTensor(backend, zeros, dims),
        });
        maps = await takeFloats(output(results, wordMapTensors.map));
        const key = `bound-${count}-${told}.${step}`;
        expect(relativeError(maps, expected(`${key}.map`))).toBeLessThan(10 * floor);
        const noise = expected(`${key}.noise_prediction`);
        const row = noise.length / order.length;
        const wanted = branches.flatMap((branch) => {
          const start = order.indexOf(branch) * row;
          return [...noise.subarray(start, start + row)];
        });
        const actual = await takeFloats(output(results, 'noise_prediction'));
        expect(relativeError(actual, Float32Array.from(wanted))).toBeLessThan(floor);
      }
    });
  });
});
