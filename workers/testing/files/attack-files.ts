import { blobSource, type ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { writeSafetensorsHeader } from '../../checkpoint/tensor-files/safetensors-writer.ts';
import { storedZip } from './zip-writer.ts';

/** Files of the kinds that huggingface/safetensors lists under attacks/, made again. */
export const attackFiles: Readonly<Record<string, () => ByteSource>> = {
  'a header longer than its file': () => {
    const { header, size } = writeSafetensorsHeader([{ name: 'weight', dtype: 'F32', shape: [2, 2] }]);
    const bytes = new Uint8Array(size);
    bytes.set(header);
    new DataView(bytes.buffer).setBigUint64(0, 1000n, true);
    return blobSource('abuse-1.safetensors', new Blob([bytes]));
  },
  'ten million tensors': () => claimed('abuse-2.safetensors', 10_000_000 * 75, 10_000_000 * 150),
  'a hundred thousand tensors on the same bytes': () => {
    const bytes = 200 * 200 * 4;
    const tensor = JSON.stringify({ dtype: 'F32', shape: [200, 200], data_offsets: [0, bytes] });
    const header = Buffer.from(`{${Array.from({ length: 100_000 }, (_, i) => `"weight_${i}": ${tensor}`).join(', ')}}`);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    return blobSource('abuse-3.safetensors', new Blob([length, header, new Uint8Array(bytes)]));
  },
  'a thousand tensors on the same bytes': () => {
    const tensor = JSON.stringify({ dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] });
    const header = Buffer.from(`{${Array.from({ length: 1000 }, (_, i) => `"weight_${i}": ${tensor}`).join(', ')}}`);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    return blobSource('abuse-4.safetensors', new Blob([length, header, new Uint8Array(16)]));
  },
  'a pickle that evaluates code': () => {
    const code = `os.system('echo pwned') or dict()`;
    const pickle = Buffer.concat([
      Buffer.from('\x80\x02c__builtin__\neval\nX', 'latin1'),
      Buffer.of(code.length, 0, 0, 0),
      Buffer.from(`${code}\x85R.`, 'latin1'),
    ]);
    return blobSource('ace.pt', new Blob([storedZip({ 'archive/data.pkl': pickle })]));
  },
  'an archive whose pickle inflates': () =>
    blobSource('dos.pt', new Blob([deflated(storedZip({ 'archive/data.pkl': Uint8Array.of(0x80, 2, 0x4e, 0x2e) }))])),
};

/** A file that is mostly not there: only its first bytes can be read. */
function claimed(name: string, headerBytes: number, size: number): ByteSource {
  const start = Buffer.alloc(64, ' ');
  start.writeBigUInt64LE(BigInt(headerBytes));
  start.write('{', 8);
  return {
    name,
    size,
    read: (offset, length) =>
      offset + length <= start.length
        ? Promise.resolve(new Uint8Array(start.subarray(offset, offset + length)))
        : Promise.reject(new Error(`${length} bytes were read`)),
  };
}

/** The archive, whose entries say that they are deflated and become four gigabytes. */
function deflated(zip: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(zip.buffer);
  for (let at = 0; at + 4 <= zip.length; at++) {
    const signature = view.getUint32(at, true);
    if (signature !== 0x0403_4b50 && signature !== 0x0201_4b50) continue;
    const more = signature === 0x0201_4b50 ? 2 : 0;
    view.setUint16(at + 8 + more, 8, true);
    view.setUint32(at + 22 + more, 0xffff_fffe, true);
  }
  return zip;
}
