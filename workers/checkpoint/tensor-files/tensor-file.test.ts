import { expect, it } from 'vitest';

import { blobSource } from '../bytes/byte-source.ts';
import { readTensorFile } from './tensor-file.ts';

/** A safetensors file with one tensor, its header filled up with spaces to a length. */
function fileWithHeader(length: number): Blob {
  const header = JSON.stringify({ weight: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }).padEnd(length);
  const size = new DataView(new ArrayBuffer(8));
  size.setBigUint64(0, BigInt(length), true);
  return new Blob([size, header, Float32Array.of(1)]);
}

it.each([
  [640, 'a pickle'],
  [19_280, 'a ZIP'],
  [66_176, 'a pickle'],
])('a safetensors file whose header takes %i bytes is not taken for %s', async (length) => {
  const { table } = await readTensorFile(blobSource('lora.safetensors', fileWithHeader(length)));
  expect([...table.keys()]).toEqual(['weight']);
});
