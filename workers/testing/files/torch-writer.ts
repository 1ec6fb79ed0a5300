import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import { storedZip } from './zip-writer.ts';

const storages: Readonly<Record<string, string>> = {
  F32: 'Float',
  F16: 'Half',
  F64: 'Double',
  BF16: 'BFloat16',
  I64: 'Long',
};

/** A torch file whose pickle would call a function of the system. */
export const evilPickle = storedZip({
  'archive/data.pkl': bytes('\x80\x02cposix\nsystem\n(X\x02\x00\x00\x00idtR.'),
});

/** The tensors of a safetensors file as torch.save writes a state dict. @param below a key around it, as in checkpoints. */
export async function torchFileOf(
  safetensors: Uint8Array<ArrayBuffer>,
  below: string | null = null,
): Promise<Uint8Array<ArrayBuffer>> {
  const entries: Record<string, Uint8Array> = {};
  const items: Uint8Array[] = [];
  let key = 0;
  for (const [name, { dtype, shape, offset, length }] of await readSafetensorsTable(
    blobSource('weights', new Blob([safetensors])),
  )) {
    const storage = storages[dtype];
    if (storage === undefined) throw new Error(dtype);
    const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, extent) => product * extent, 1));
    const count = shape.reduce((product, extent) => product * extent, 1);
    items.push(text(name), tensor(storage, String(key), count, shape, strides));
    entries[`archive/data/${key}`] = safetensors.subarray(offset, offset + length);
    key += 1;
  }
  const dict = bytes('}(', ...items, 'u');
  const root = below === null ? dict : bytes('}(', text(below), dict, 'u');
  return storedZip({ 'archive/data.pkl': bytes('\x80\x02', root, '.'), ...entries }, { alignment: 64 });
}

function tensor(
  storage: string,
  key: string,
  count: number,
  shape: readonly number[],
  strides: readonly number[],
): Buffer {
  const id = bytes('(', text('storage'), `ctorch\n${storage}Storage\n`, text(key), text('cpu'), int(count), 't');
  const tuple = (values: readonly number[]) => bytes('(', ...values.map(int), 't');
  return bytes(
    'ctorch._utils\n_rebuild_tensor_v2\n',
    '(',
    id,
    'Q',
    int(0),
    tuple(shape),
    tuple(strides),
    '\x89N',
    't',
    'R',
  );
}

function text(value: string): Buffer {
  const encoded = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(encoded.length);
  return Buffer.concat([Buffer.from('X'), length, encoded]);
}

function int(value: number): Buffer {
  const encoded = Buffer.alloc(4);
  encoded.writeInt32LE(value);
  return Buffer.concat([Buffer.from('J'), encoded]);
}

function bytes(...parts: readonly (Uint8Array | string)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
}
