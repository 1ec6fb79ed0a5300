import { describe, expect, it } from 'vitest';

import { htmlError, looksLikeHtml } from './content-guard.ts';
import { findComponent } from './component-files.ts';
import { openFolder } from './folder-source.ts';
import { licenceOf, licenceOfModelCard, readText, requireFile } from './source-files.ts';
import { safetensorsFile } from '../../testing/hub-server/hub-fixture.ts';
import { torchFileOf } from '../../testing/files/torch-writer.ts';
import { present } from '../../testing/present.ts';

const weights = safetensorsFile('F16', { a: [2] });
const torch = await torchFileOf(weights);
const index = '{"weight_map":{"a":"part.safetensors"}}';
const torchIndex = '{"weight_map":{"a":"part.bin"}}';

describe('the licence of a model card', () => {
  it.each([
    ['---\nlicense: mit\n---\n', 'mit'],
    ['\ufeff---\r\nlicense: "openrail"\r\ntags: []\r\n---\r\n', 'openrail'],
    ["---\ntags: [a]\nlicense:   'cc by' \n---", 'cc by'],
    ['---\nlicense: other\nlicense_name: x\n---\nlicense: mit', 'other'],
    ['---\nlicense: \'mixed"\n---', '\'mixed"'],
    ['---\nlicense:\n---\n', null],
    ['---\nlicence: mit\n---\n', null],
    ['---\nlicense: mit\n', null],
    ['text\n---\nlicense: mit\n---\n', null],
    ['', null],
  ])('%j is %j', (card, expected) => {
    expect(licenceOfModelCard(card)).toBe(expected);
  });
});

describe('a web page', () => {
  it.each([
    ['<!doctype html>', true],
    ['\u00ef\u00bb\u00bf\n <HTML lang="en">', true],
    ['<!DOCTYPE svg>', false],
    [' '.repeat(512) + '<html>', false],
    ['{"a":"<html>"}', false],
  ])('begins like %j: %s', (text, isPage) => {
    expect(looksLikeHtml(Uint8Array.from(text, (character) => character.charCodeAt(0)))).toBe(isPage);
  });
});

describe('files that a checkpoint needs', () => {
  const folder = (files: Readonly<Record<string, BlobPart>>) =>
    openFolder(
      'm',
      Object.entries(files).map(([path, part]) => ({ path, file: new Blob([part]) })),
    );

  it('are named where they are missing, with the reason where there is one', async () => {
    const files = folder({});
    await expect(requireFile(files, 'vae/config.json')).rejects.toMatchObject({
      code: 'file-not-found',
      message: expect.stringMatching(/^m has no vae\/config\.json/u) as string,
    });
    const page = { ...files, whyMissing: (path: string) => htmlError(path) };
    await expect(requireFile(page, 'vae/config.json')).rejects.toMatchObject({ code: 'not-a-model-file' });
    await expect(findComponent(page, 'unet')).rejects.toMatchObject({ code: 'not-a-model-file' });
    expect(await findComponent(page, 'vae')).toBeNull();
    expect(await findComponent(files, 'unet')).toBeNull();
    const configs = folder({ 'vae/config.json': '{}' });
    const pageOf = (path: string) => (path === 'vae/model.safetensors' ? htmlError(path) : null);
    await expect(findComponent({ ...configs, whyMissing: pageOf }, 'vae')).rejects.toMatchObject({
      code: 'not-a-model-file',
      message: expect.stringContaining('vae/model.safetensors') as string,
    });
    expect(await readText(files, 'tokenizer/merges.txt')).toBeNull();
    expect(await readText(folder({ 'a.txt': 'é' }), 'a.txt')).toBe('é');
  });

  it.each([
    ['unet', 'diffusion_pytorch_model'],
    ['vae', 'diffusion_pytorch_model'],
    ['text_encoder', 'model'],
    ['safety_checker', 'model'],
    ['projector', 'model'],
    ['tiny_vae', 'diffusion_pytorch_model'],
  ] as const)('are expected under the usual name: %s', async (name, file) => {
    await expect(findComponent(folder({ [`${name}/config.json`]: '{}' }), name)).rejects.toMatchObject({
      code: 'file-not-found',
      message: `m has no weights for ${name}. Expected ${name}/${file}.safetensors.`,
    });
    await expect(findComponent(folder({ 'config.json': '{}' }), name, '')).rejects.toThrow(`Expected ${file}.`);
  });

  it('are texts of 32 MB at most', async () => {
    const read = (_: number, length: number) =>
      Promise.resolve(new TextEncoder().encode(`---\nlicense: mit\n---\n${length}`));
    const sized = (size: number) => ({
      name: 'm',
      find: (name: string) => Promise.resolve({ name, size, read }),
    });
    expect(await readText(sized(32e6), 'a.txt')).toMatch(/32000000$/u);
    expect(await licenceOf(sized(32e6))).toBe('mit');
    await expect(readText(sized(32e6 + 1), 'a.txt')).rejects.toMatchObject({ code: 'not-a-model-file' });
    expect(await licenceOf(sized(32e6 + 1))).toBeNull();
    expect(await licenceOf(folder({ 'README.md': '---\nlicense: openrail\n---' }))).toBe('openrail');
    expect(await licenceOf(folder({ 'other.md': '---\nlicense: mit\n---' }))).toBeNull();
  });

  const ofDiffusers = ['diffusion_pytorch_model.fp16.safetensors', 'model.fp16.safetensors'];
  const usual: Readonly<Record<'unet' | 'text_encoder' | 'projector' | 'tiny_vae', readonly string[]>> = {
    projector: ofDiffusers,
    tiny_vae: ofDiffusers,
    unet: [
      'diffusion_pytorch_model.fp16.safetensors',
      'diffusion_pytorch_model.safetensors',
      'diffusion_pytorch_model.fp16.safetensors.index.json',
      'diffusion_pytorch_model.safetensors.index.fp16.json',
      'model.fp16.safetensors',
      'diffusion_pytorch_model.safetensors.index.json',
      'model.safetensors',
      'diffusion_pytorch_model.fp16.bin',
      'diffusion_pytorch_model.bin',
      'diffusion_pytorch_model.bin.index.json',
      'pytorch_model.bin',
    ],
    text_encoder: [
      'model.fp16.safetensors',
      'model.safetensors',
      'model.fp16.safetensors.index.json',
      'diffusion_pytorch_model.fp16.safetensors',
      'model.safetensors.index.json',
      'diffusion_pytorch_model.safetensors',
      'pytorch_model.fp16.bin',
      'pytorch_model.bin',
      'pytorch_model.bin.index.json',
      'diffusion_pytorch_model.bin',
    ],
  };

  it.each(Object.entries(usual))('are looked for in this order: %s %j', async (name, names) => {
    const folderName = name as keyof typeof usual;
    const content = (file: string): BlobPart =>
      file.includes('.bin.index')
        ? torchIndex
        : file.endsWith('.json')
          ? index
          : file.endsWith('.bin')
            ? torch
            : weights;
    const shards = { [`${name}/part.safetensors`]: weights, [`${name}/part.bin`]: torch };
    for (let first = 0; first < names.length; first++) {
      const there = names.slice(first).map((file) => [`${name}/${file}`, content(file)] as const);
      const files = folder({ [`${name}/config.json`]: '{}', ...shards, ...Object.fromEntries(there) });
      const asked: string[] = [];
      const find = (path: string) => {
        asked.push(path);
        return files.find(path);
      };
      const found = present(await findComponent({ ...files, find }, folderName));
      expect(found.folder).toBe(name);
      expect(asked).toContain(`${name}/${names[first] ?? ''}`);
      expect(asked).not.toContain(`${name}/${names[first + 1] ?? 'nothing'}`);
      expect([...found.table.keys()]).toEqual(['a']);
    }
  });
});
