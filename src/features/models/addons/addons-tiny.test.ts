import { beforeEach, expect, it } from 'vitest';

import { MemoryStore } from '../../../storage/keyed-store.ts';
import { chooseAdded, chooseTinyFiles } from './addons.ts';
import { engineStore } from '../loading/engine-store.ts';
import { fileOf, openFileShelf } from '../choice/file-shelf.ts';

const engine = { terminate: () => undefined, isIdle: () => true };

beforeEach(() => {
  openFileShelf(new MemoryStore());
  engineStore.setState(engineStore.getInitialState());
});

const files = (...names: readonly string[]): File[] => names.map((name) => new File([name], name));
const chosen = () => {
  const { tinyAutoencoder } = engineStore.getState().choice;
  return tinyAutoencoder?.kind === 'files' ? tinyAutoencoder.files : [];
};

it.each<readonly [readonly string[], readonly string[]]>([
  [['taesd_decoder.safetensors'], ['taesd_decoder.safetensors']],
  [
    ['taesd_decoder.pth', 'taesd_encoder.pth'],
    ['taesd_encoder.pth', 'taesd_decoder.pth'],
  ],
  [
    ['README.md', 'config.json', 'diffusion_pytorch_model.safetensors', 'taesd_decoder.safetensors'],
    ['diffusion_pytorch_model.safetensors', 'config.json'],
  ],
  [['mine.safetensors', 'notes.txt'], ['mine.safetensors']],
  [['notes.txt'], ['notes.txt']],
])('of the files %j those are taken that make one autoencoder', async (given, taken) => {
  await chooseTinyFiles(engine, files(...given));
  expect(chosen().map(({ name }) => name)).toEqual(taken);
});

it('files that were replaced or taken away are no longer kept', async () => {
  await chooseTinyFiles(engine, files('taesd_decoder.safetensors'));
  const [first] = chosen();
  await chooseTinyFiles(engine, files('mine.safetensors'));
  const [second] = chosen();
  chooseAdded(engine, { tinyAutoencoder: null });
  if (first === undefined || second === undefined) throw new RangeError('Nothing was chosen.');
  expect([await fileOf(first), await fileOf(second)]).toEqual([null, null]);
});
