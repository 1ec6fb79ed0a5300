/** The app's pictures, read by somebody else: workers/reference/png_readers.py says how its answers come about. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { insertPngText } from '../../../workers/png/png-text.ts';
import { formatsFile } from '../../../workers/testing/reference/formats-reference.ts';
import { defaultSettings, type Settings } from '../settings/settings.ts';
import { pictureMetadata } from './metadata.ts';

const folder = new URL('../../../workers/reference/data/formats/png/written/', import.meta.url);
const plain = await formatsFile('png/plain.png');

const settingsOf = (change: Partial<Settings>): Settings => ({
  ...defaultSettings,
  width: 128,
  height: 192,
  ...change,
});

const pictures = {
  ddim: {
    caption: 'a dog, on the beach: "sunny"',
    settings: settingsOf({ negativePrompt: 'rain, fog', eta: 0.5, seed: 4294967295 }),
    model: 'Picture book: small',
  },
  'euler-ancestral': {
    caption: 'ein Hund ☂ am Strand 🐕',
    settings: settingsOf({ scheduler: 'euler-ancestral', eta: 0.5, steps: 12, guidanceScale: 9 }),
    model: 'sd15',
  },
  tcd: {
    caption: 'a cat',
    settings: settingsOf({ scheduler: 'tcd', eta: 0.3, steps: 4, guidanceScale: 1 }),
    model: 'sd15',
  },
} as const;

async function pictureOf({ caption, settings, model }: (typeof pictures)[keyof typeof pictures]): Promise<Buffer> {
  const recipe = {
    compose: { caption, pins: [] },
    embeddings: [],
    settings,
    guidanceMoved: false,
    model: { id: 'embedded', name: model },
  };
  // Without our own JSON, which no other tool reads: it changes with every new setting.
  const texts = pictureMetadata(recipe).filter(({ keyword }) => keyword === 'parameters');
  return Buffer.from(insertPngText(await plain.read(0, plain.size), texts));
}

const answers = new URL('sd-parsers.json', folder);
const read = existsSync(answers)
  ? (JSON.parse(await readFile(answers, 'utf8')) as Readonly<Record<string, Readonly<Record<string, unknown>>>>)
  : {};

describe.each(Object.entries(pictures))('the picture of %s', (name, picture) => {
  it('is the one that sd-parsers read', async () => {
    const png = await pictureOf(picture);
    await expect(png.toString('base64')).toMatchFileSnapshot(new URL(`${name}.base64`, folder).pathname);
    expect(createHash('sha256').update(png).digest('hex')).toBe(read[name]?.['sha256']);
  });

  it('gives it caption, negative prompt, scheduler, model and numbers', () => {
    const { settings, caption, model } = picture;
    expect(read[name]).toMatchObject({
      generator: 'AUTOMATIC1111',
      prompt: caption,
      negativePrompt: settings.negativePrompt,
      sampler: { ddim: 'DDIM', 'euler-ancestral': 'Euler a', tcd: 'TCD' }[name],
      // It does not find a name in quotes, which a colon needs.
      model: model.includes(':') ? null : model,
      parameters: {
        steps: String(settings.steps),
        cfg_scale: String(settings.guidanceScale),
        seed: String(settings.seed),
      },
      metadata: { Size: '128x192' },
    });
  });

  it('tells η by the name that the scheduler has for it, if it has one', () => {
    const metadata = read[name]?.['metadata'];
    expect(Object.entries(metadata ?? {}).filter(([key]) => key.startsWith('Eta'))).toEqual(
      { ddim: [['Eta DDIM', '0.5']], tcd: [['Eta', '0.3']] }[name] ?? [],
    );
  });
});
