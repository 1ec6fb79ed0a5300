import { describe, expect, it } from 'vitest';
import { droppedIn, TooManyFiles } from './dropped-files.ts';

type Tree = ReadonlyMap<string, File | Error | Tree>;

/** Entries as browsers hand them out: directories in batches of 100, files with callbacks. */
function entryOf(name: string, node: File | Error | Tree): FileSystemEntry {
  const base = { name, isFile: !(node instanceof Map), isDirectory: node instanceof Map };
  if (!(node instanceof Map))
    return Object.assign(base, {
      file: (resolve: (file: File) => void, reject: (error: Error) => void) => {
        if (node instanceof File) resolve(node);
        else reject(new Error('gone'));
      },
    }) as unknown as FileSystemEntry;
  const createReader = () => {
    const left = [...(node as Tree)].map(([child, value]) => entryOf(child, value));
    return {
      readEntries: (resolve: (entries: FileSystemEntry[]) => void) => {
        resolve(left.splice(0, 100));
      },
    };
  };
  return Object.assign(base, { createReader }) as unknown as FileSystemEntry;
}

async function pathsOf(tree: Tree): Promise<readonly string[]> {
  const items = [{ webkitGetAsEntry: () => entryOf('models', tree) }];
  const dropped = droppedIn({ items, files: [] } as unknown as DataTransfer);
  if (dropped.kind !== 'folder') throw new RangeError('no folder');
  return (await dropped.read()).files.map(({ path }) => path);
}

const file = (name: string): File => new File([name], name);
const many = (count: number): Tree => new Map(Array.from({ length: count }, (_, i) => [`${i}.txt`, file(`${i}.txt`)]));

describe('a folder that is dropped', () => {
  it('gives all of 500 files, however many come at once', async () => {
    const paths = await pathsOf(
      new Map<string, File | Tree>([
        ['unet', many(500)],
        ['model_index.json', file('x')],
      ]),
    );
    expect(paths).toHaveLength(501);
    expect([paths[0], paths[499], paths[500]]).toEqual(['unet/0.txt', 'unet/499.txt', 'model_index.json']);
  });

  it('that links to itself ends, with its own files', async () => {
    const tree = new Map<string, File | Tree>([['model_index.json', file('x')]]);
    tree.set('self', tree);
    const paths = await pathsOf(tree);
    expect(paths).toContain('model_index.json');
    expect(paths).toHaveLength(6);
  });

  it('that links to itself twice ends as well', async () => {
    const tree = new Map<string, File | Tree>([['a', file('a')]]);
    tree.set('left', tree);
    tree.set('right', tree);
    expect(await pathsOf(tree)).toHaveLength(1 + 2 + 4 + 8 + 16 + 32);
  });

  it('with more files than any model has is refused, not read on for ever', async () => {
    await expect(pathsOf(new Map([['photos', many(20_001)]]))).rejects.toBeInstanceOf(TooManyFiles);
  });

  it('goes on where a link leads nowhere', async () => {
    expect(
      await pathsOf(
        new Map<string, File | Error>([
          ['gone', new Error()],
          ['a', file('a')],
        ]),
      ),
    ).toEqual(['a']);
  });
});
