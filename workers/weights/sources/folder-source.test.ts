import { describe, expect, it } from 'vitest';
import { codeOf, config, weights, weightsPath } from '../../testing/hub-server/served-model.ts';
import { present } from '../../testing/present.ts';
import { findComponent } from './component-files.ts';
import { openFolder } from './folder-source.ts';
import { requireFile } from './source-files.ts';

describe('a folder', () => {
  const entries = [
    { path: 'my-model/model_index.json', file: new Blob(['{}']) },
    { path: `my-model/${weightsPath}`, file: new Blob([weights]) },
    { path: 'my-model/unet/config.json', file: new Blob([config]) },
  ];

  it('may lie one directory deep', async () => {
    const component = present(await findComponent(openFolder('my-model', entries), 'unet'));
    expect([...component.table.keys()]).toEqual(['conv.weight', 'conv.bias']);
  });

  it('may be the cache of the Hub, where the checkpoint lies deeper', async () => {
    const snapshot = 'models--someone--model/snapshots/0123abcd/';
    const files = openFolder('hub', [
      { path: 'models--someone--model/refs/main', file: new Blob(['0123abcd']) },
      ...entries.map(({ path, file }) => ({ path: path.replace('my-model/', snapshot), file })),
    ]);
    expect([...present(await findComponent(files, 'unet')).table.keys()]).toEqual(['conv.weight', 'conv.bias']);
  });

  it('is read from the least deep checkpoint in it, and refused by name where several are equally deep', async () => {
    const at = (root: string) => entries.map(({ path, file }) => ({ path: path.replace('my-model/', root), file }));
    const nested = openFolder('m', [
      ...at('a/unet-only/').slice(1),
      { path: 'b/model_index.json', file: new Blob(['{"b":1}']) },
    ]);
    expect(await (await requireFile(nested, 'model_index.json')).read(0, 7)).toEqual(
      new TextEncoder().encode('{"b":1}'),
    );
    const shallow = openFolder('m', [
      ...at('a/b/').slice(1),
      { path: 'a-long-name/model_index.json', file: new Blob(['{"b":2}']) },
    ]);
    expect(await (await requireFile(shallow, 'model_index.json')).read(5, 1)).toEqual(new TextEncoder().encode('2'));
    expect(() => openFolder('cache', [...at('one/x/'), ...at('two/y/')])).toThrow(
      expect.objectContaining({
        code: 'not-a-model-file',
        message: expect.stringMatching(/cache holds several models: one\/x, two\/y\. Open the folder of one/) as string,
      }),
    );
  });

  it('refuses a Git LFS pointer and a saved web page', async () => {
    const pointer = openFolder('m', [
      {
        path: 'unet/config.json',
        file: new Blob(['version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n']),
      },
    ]);
    expect(await codeOf(pointer.find('unet/config.json'))).toBe('not-a-model-file');
    const page = openFolder('m', [{ path: 'unet/config.json', file: new Blob(['\n<!DOCTYPE html>']) }]);
    expect(await codeOf(page.find('unet/config.json'))).toBe('not-a-model-file');
  });
});
