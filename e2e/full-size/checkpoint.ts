import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';

import { referenceData } from '../../workers/testing/reference/folder-files.ts';

/** A picture that the site and diffusers make. Keys are those of workers/reference/full_size.py. */
export interface FullSizeRun {
  readonly caption: string;
  /** Index of the word that the picture is pinned on. */
  readonly word: number;
  /** The pinned picture, a file. */
  readonly picture: string;
  readonly alpha: number;
  readonly guidance: number;
  readonly steps: number;
  readonly seed: number;
  readonly height: number;
  readonly width: number;
}

const script = 'workers/reference/full_size.py';

/** The random checkpoint in a folder, made there by diffusers where it is not yet (2.7 GB). @returns its path */
export function provideCheckpoint(folder: string, python: string): string {
  const checkpoint = join(folder, 'checkpoint');
  if (existsSync(join(checkpoint, 'model_index.json'))) return checkpoint;
  rmSync(checkpoint, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  console.error(`making a checkpoint of 2.7 GB in ${checkpoint}`);
  execFileSync(python, [script, 'checkpoint', checkpoint], { stdio: 'inherit' });
  return checkpoint;
}

/** The random IP-Adapter and its image encoder in a folder, made there where they are not yet (1.3 GB). @returns its path */
export function provideAdapter(folder: string, python: string): string {
  const adapter = join(folder, 'ip-adapter');
  if (existsSync(join(adapter, 'models/ip-adapter-plus_sd15.safetensors'))) return adapter;
  rmSync(adapter, { recursive: true, force: true });
  console.error(`making an IP-Adapter and its image encoder of 1.3 GB in ${adapter}`);
  execFileSync(python, ['workers/reference/full_size_look.py', adapter], { stdio: 'inherit' });
  return adapter;
}

/** The small adapter of the tests, laid out as the large one. @returns its path */
export async function smallAdapter(folder: string): Promise<string> {
  const adapter = join(folder, 'small-ip-adapter');
  const [models, look] = [join(adapter, 'models'), join(referenceData, 'look')];
  await cp(join(look, 'image_encoder'), join(models, 'image_encoder'), { recursive: true });
  await cp(join(look, 'plus.safetensors'), join(models, 'ip-adapter-plus_sd15.safetensors'));
  return adapter;
}

/** What diffusers makes of a run in f32, made where it is not there yet. @returns the path of a PNG file */
export function provideReference(folder: string, python: string, run: FullSizeRun): string {
  const [settings, picture] = [join(folder, 'run.json'), join(folder, 'reference.png')];
  const text = JSON.stringify(run);
  if (existsSync(picture) && existsSync(settings) && readFileSync(settings, 'utf8') === text) return picture;
  rmSync(settings, { force: true });
  const [asked, made] = [join(folder, 'asked.json'), join(folder, 'made.png')];
  writeFileSync(asked, text);
  console.error('making the picture with diffusers in f32');
  execFileSync(python, [script, 'picture', join(folder, 'checkpoint'), asked, made], { stdio: ['ignore', 2, 2] });
  renameSync(made, picture);
  renameSync(asked, settings);
  return picture;
}
