import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@playwright/test';
import UPNG from 'upng-js';

import { copyTiny, otherImageEncoder } from '../support/checkpoint-variants.ts';
import { readFlags, servedSite } from './generate-flags.ts';
import { jobOf, jobOfLine, type Job } from './generate-job.ts';
import { pageFailure } from './page-failure.ts';
import { longEnough, parameters, pixels, run } from './run-generate.ts';

const dog = 'public/models/picturebook/samples/dog-spotted.png';

test('the unattended command makes a picture with its settings inside', async () => {
  test.setTimeout(longEnough);
  const out = join(await mkdtemp(join(tmpdir(), 'unattended-')), 'new', 'out.png');
  const pin = `1=${dog}`;
  const { code, stdout, stderr } = await run(
    '--caption',
    'a dog on the beach',
    '--pin',
    pin,
    '--cut-out',
    '1',
    '--steps',
    '1',
    '--seed',
    '5',
    '--alpha',
    '0.25',
    '--provider',
    'wasm',
    '--out',
    out,
  );
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ out, pictures: 1, provider: 'wasm' });
  const { width, height, tabs } = UPNG.decode(new Uint8Array(await readFile(out)).buffer);
  expect([width, height]).toEqual([256, 256]);
  expect(tabs.iTXt?.['parameters']).toMatch(/^a dog on the beach\n.*Steps: 1, .*Seed: 5, Size: 256x256/s);
  expect(JSON.parse(tabs.iTXt?.['pinword'] ?? '')).toMatchObject({
    data: {
      settings: { alpha: 0.25, steps: 1, seed: 5 },
      compose: { pins: [{ subjects: [{ cutOut: { isOn: true, backdrop: 'white' } }] }] },
    },
  });
});

const needed = ['--caption', 'a dog', '--out', 'never.png'];
const looking = ['--model', 'x', '--look', 'package.json', '--pin', '1=package.json'];

function jobOfArguments(argv: readonly string[]): Job {
  const values = readFlags(argv);
  if (values === null) throw new Error('help was asked for');
  return jobOf(values);
}

test('wrong arguments are named before anything starts', async () => {
  for (const [wrong, words] of [
    [['--speed', '3'], /There is no option --speed/],
    [['extra'], /“extra” belongs to no option/],
    [['--seed'], /--seed needs a value/],
    [['--caption', 'a cat'], /--caption is given twice/],
    [['--pin', 'dog.png'], /--pin dog\.png is not WORD=FILE/],
    [['--pin', '1=nowhere.png'], /there is no file nowhere\.png/],
    [['--pin', '2=package.json'], /the caption has 2 words/],
    [['--cut-out', '1'], /--cut-out 1: name a word that has a --pin/],
    [['--cut-out', 'dog'], /--cut-out dog: name a word/],
    [['--start', 'nowhere.png'], /--start: there is no file nowhere\.png/],
    [['--denoising-strength', '0.5'], /name one with --start/],
    [['--mask', 'package.json'], /--mask says what of a picture is made again: name one with --start/],
    [['--start', 'package.json', '--mask', 'nowhere.png'], /--mask: there is no file nowhere\.png/],
    [['--alpha', '2'], /alpha must be a number from 0 to 1/],
    [['--seed', '-1'], /seed must be a whole number from 0 to 4294967295/],
    [['--timeout', 'soon'], /--timeout soon/],
    [['--lora', 'nowhere.safetensors:0.5', '--model', 'x'], /--lora: there is no file nowhere\.safetensors/],
    [['--lora', 'package.json:9', '--model', 'x'], /the weight must be a number from -2 to 2/],
    [['--lora', 'package.json'], /go with a Stable Diffusion checkpoint/],
    [['--embedding', 'nowhere.pt'], /--embedding: there is no file/],
    [['--look', 'nowhere.safetensors', '--model', 'x'], /--look: there is no file nowhere\.safetensors/],
    [['--look', 'package.json'], /go with a Stable Diffusion checkpoint/],
    [['--look-image-encoder', 'workers', '--model', 'x'], /goes with an IP-Adapter/],
    [
      ['--pin', '1=package.json', '--strength', '1=0.5'],
      /--strength 1=0\.5 goes with an IP-Adapter: name one with --look\./,
    ],
    [
      ['--pin', '1=package.json', '--region', '1=0,0,1,1'],
      /or with fine detail: name one with --look, or add --detail 1/,
    ],
    [[...looking, '--strength', '0.5'], /--strength 0\.5 is not WORD=VALUE/],
    [[...looking, '--strength', '0=0.5'], /nothing is pinned on word 0/],
    [[...looking, '--strength', '1=1.6'], /from 0 to 1\.5, in steps of 0\.05/],
    [[...looking, '--strength', '1=0.51'], /in steps of 0\.05/],
    [[...looking, '--strength', '1=0.5', '--strength', '1=0.6'], /word 1 has one already/],
    [[...looking, '--take-over', '1=sound'], /one of subject, style, composition/],
    [[...looking, '--region', '1=0.5,0.5,0.6,0.5'], /a region is left, top, width and height/],
    [[...looking, '--region', '1=0,0,1'], /a region is left/],
    [[...looking, '--region', '1=0,0,0.01,1'], /no edge under 0\.0625/],
    [['--tiny-autoencoder', 'nowhere', '--model', 'x'], /--tiny-autoencoder: there is no file nowhere/],
    [['--tiny-autoencoder', 'madebyollin/taesd'], /go with a Stable Diffusion checkpoint/],
    [['--decoder', 'tiny', '--model', 'x'], /--decoder tiny goes with a tiny autoencoder/],
    [['--previews', 'tiny', '--model', 'x'], /--previews tiny goes with a tiny autoencoder/],
    [['--decoder', 'half'], /decoder must be one of full, tiny/],
    [['--detail', 'dog'], /is not WORD or WORD=STRENGTH/],
    [['--detail', '1'], /nothing is pinned on word 1/],
    [['--pin', '1=package.json', '--detail', '1=2'], /from 0 to 1\.5/],
    [['--pin', '1=package.json', '--detail', '1', '--detail', '1=0.5'], /word 1 has one already/],
    [['--projector', 'workers', '--model', 'x'], /the folder needs config\.json/],
  ] as const) {
    expect(() => jobOfArguments([...needed, ...wrong]), wrong.join(' ')).toThrow(words);
  }
  expect(() => servedSite('dist')).toThrow(/--site dist is no address\. Write it as http:\/\/localhost:4173\/\./);
  expect([servedSite('http://localhost:4173'), servedSite(undefined)]).toEqual(['http://localhost:4173', null]);
  const { code, stdout, stderr } = await run('--caption', 'a dog');
  expect(stderr).toMatch(/^--caption and --out are needed\.\n$/);
  expect([code, stdout]).toEqual([2, '']);
});

test('looks and regions of pins are read for each word', () => {
  const { looks, page } = jobOfArguments([
    ...needed,
    ...looking,
    ...['--pin', '0=README.md', '--strength', '1=0.35', '--strength', '0=0', '--take-over', '1=style'],
    ...['--region', '1=0.5,0.25,0.5,0.7'],
  ]);
  expect([...looks]).toEqual([
    [1, { strength: 0.35, role: 'style', region: { x: 0.5, y: 0.25, width: 0.5, height: 0.7 } }],
    [0, { strength: 0 }],
  ]);
  expect(page).toMatchObject({ look: 'package.json', lookImageEncoder: null });
  expect(jobOfArguments([...needed, '--model', 'x', '--look', 'h94/IP-Adapter/models/a.bin']).page.look).toBe(
    'h94/IP-Adapter/models/a.bin',
  );
});

test('fine detail is read for each word, with or without a strength', () => {
  const pins = ['--pin', '1=package.json', '--pin', '0=README.md'];
  const { details } = jobOfArguments([...needed, ...pins, '--detail', '1', '--detail', '0=0.35']);
  expect([...details]).toEqual([
    [1, 1],
    [0, 0.35],
  ]);
  const { looks } = jobOfArguments([...needed, ...pins, '--detail', '1', '--region', '1=0,0,0.5,1']);
  expect([...looks]).toEqual([[1, { region: { x: 0, y: 0, width: 0.5, height: 1 } }]]);
});

test('a line of jobs that is wrong is named by itself', () => {
  const shared = { steps: ['3'] };
  const good = { caption: 'a dog', out: 'a.png', alpha: 0.5, pin: ['1=package.json', '1=README.md'] };
  const job = jobOfLine(JSON.stringify(good), shared);
  expect([...job.settings]).toEqual([
    ['steps', '3'],
    ['alpha', '0.5'],
  ]);
  expect(job.pins.get(1)).toEqual(['package.json', 'README.md']);
  for (const [line, words] of [
    ['{"caption": ', /not valid JSON/],
    ['["a dog"]', /no JSON object/],
    ['{"caption": "a dog"}', /--caption and --out are needed/],
    [JSON.stringify({ ...good, seeds: 3 }), /There is no key "seeds"/],
    [JSON.stringify({ ...good, jobs: 'more.jsonl' }), /There is no key "jobs"/],
    [JSON.stringify({ ...good, alpha: true }), /"alpha" must be a text or a number/],
    [JSON.stringify({ ...good, alpha: [0, 1] }), /"alpha" is given twice/],
  ] as const)
    expect(() => jobOfLine(line, shared), line).toThrow(words);
});

const addons = 'workers/reference/data/addons';
const tiny = 'workers/reference/data/sd15';

test('jobs run in one page, and a line that fails loses no other', async ({ baseURL }) => {
  test.setTimeout(longEnough);
  const folder = await mkdtemp(join(tmpdir(), 'jobs-'));
  const out = (name: string): string => join(folder, name);
  const pinned = { caption: 'a dog on the beach', pin: `1=${dog}`, alpha: 1, out: out('first.png') };
  const jobs = [
    JSON.stringify(pinned),
    'no JSON',
    '',
    JSON.stringify({
      caption: 'a cat',
      scheduler: 'euler',
      guidance: 2,
      negative: 'rain',
      count: 2,
      out: out('two.png'),
    }),
    JSON.stringify({ ...pinned, width: 100, out: out('never.png') }),
    JSON.stringify({ ...pinned, steps: 'many', out: out('never.png') }),
    JSON.stringify({ ...pinned, out: out('again.png') }),
    JSON.stringify({ ...pinned, out: out('again.png') }),
  ];
  await writeFile(out('jobs.jsonl'), jobs.join('\n'));
  const shared = ['--site', baseURL ?? '', '--model', tiny, '--provider', 'wasm', '--steps', '1', '--seed', '7'];
  const { code, stdout, stderr } = await run('--jobs', out('jobs.jsonl'), ...shared);
  const results = stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(results, stderr).toMatchObject([
    { line: 1, out: out('first.png'), pictures: 1, page: 1 },
    { line: 2, error: 'This line is not valid JSON.' },
    { line: 4, out: [out('two-1.png'), out('two-2.png')], pictures: 2, page: 1 },
    { line: 5, error: expect.stringContaining('Width') },
    { line: 6, error: expect.stringContaining('steps must be a whole number') },
    { line: 7, out: out('again.png'), page: 1 },
    { line: 8, error: expect.stringContaining('is already the picture of line 7') },
  ]);
  expect(code).toBe(1);
  expect(await pixels(out('again.png'))).toEqual(await pixels(out('first.png')));
  expect(await parameters(out('two-1.png'))).toMatch(/^a cat\nNegative prompt: rain\n.*Euler, CFG scale: 2, Seed: 7/s);
  expect(await parameters(out('two-2.png'))).toMatch(/Seed: 8/);
});

test('LoRA files, embeddings, a projector, an image encoder and a tiny decoder each change the picture', async ({
  baseURL,
}) => {
  test.setTimeout(longEnough);
  const folder = await mkdtemp(join(tmpdir(), 'addons-'));
  const vision = join(folder, 'vision');
  await copyTiny(vision);
  await otherImageEncoder(vision);
  const pinned = { caption: 'a dog on the beach', pin: `1=${dog}`, alpha: 1 };
  const toy = { caption: 'a toy-style on the beach' };
  const lora = join(addons, 'lora.safetensors');
  /** One page, as what it adds touches different jobs: pins, the word, the last stage. */
  const several = {
    embedding: 'workers/reference/data/pictures/embeddings/sd15/a1111.pt',
    'tiny-autoencoder': 'workers/reference/data/tiny-autoencoder/published',
    projector: join(addons, 'lincir_large.pt'),
  };
  const jobs = {
    plain: pinned,
    toy,
    lincir: { ...pinned, ...several },
    quick: { ...pinned, ...several, decoder: 'tiny' },
    named: { ...toy, ...several },
    whole: { ...pinned, lora },
    half: { ...pinned, lora: `${lora}:0.5` },
    own: { ...pinned, lora: `${lora}:0`, projector: join(tiny, 'projector') },
    encoder: { ...pinned, 'image-encoder': vision },
  };
  const file = (name: string): string => join(folder, `${name}.png`);
  const lines = Object.entries(jobs).map(([name, job]) => JSON.stringify({ ...job, out: file(name) }));
  await writeFile(join(folder, 'jobs.jsonl'), lines.join('\n'));
  const shared = ['--site', baseURL ?? '', '--model', tiny, '--provider', 'wasm', '--steps', '1', '--seed', '7'];
  const { code, stdout, stderr } = await run('--jobs', join(folder, 'jobs.jsonl'), ...shared);
  expect(code, stdout + stderr).toBe(0);
  const made = async (name: keyof typeof jobs): Promise<string> =>
    Buffer.from(await pixels(file(name))).toString('hex');
  expect(await made('own'), 'the checkpoint’s own projector as a folder, a LoRA of no weight').toBe(
    await made('plain'),
  );
  const different = await Promise.all((['plain', 'lincir', 'quick', 'whole', 'half', 'encoder'] as const).map(made));
  expect(new Set(different).size).toBe(different.length);
  expect(await made('named')).not.toBe(await made('toy'));
});

test('a site that cannot run ends the command: a missing chunk, a crash', async ({ page, browser }) => {
  await page.route('**/assets/index-*.js', (route) => route.fulfill({ status: 404 }));
  const missing = expect(pageFailure(page)).rejects.toThrow(
    /A part of the site is missing: .*index-.*\.js \(status 404\)/,
  );
  await page.goto('/');
  await missing;

  const other = await browser.newPage();
  const crashed = expect(pageFailure(other)).rejects.toThrow('The page crashed');
  await other.goto('chrome://crash').catch(() => undefined);
  await crashed;
  await other.close();
});
