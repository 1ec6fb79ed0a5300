import { crc32 } from 'node:zlib';

/** A zip archive of stored entries, written independently of the reader under test. */
export function storedZip(
  entries: Readonly<Record<string, Uint8Array | string>>,
  options: { readonly zip64?: boolean; readonly alignment?: number; readonly isListedBackwards?: boolean } = {},
): Uint8Array<ArrayBuffer> {
  const local: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(entries)) {
    const data = Buffer.from(content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc32(data), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    directory.push(directoryEntry(common, name, data.length, offset, options.zip64 === true));
    const extra = paddingOf(offset + 30 + Buffer.byteLength(name), options.alignment ?? 1);
    common.writeUInt16LE(extra.length, 24);
    const header = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, Buffer.from(name), extra, data]);
    local.push(header);
    offset += header.length;
  }
  const central = Buffer.concat(options.isListedBackwards === true ? directory.toReversed() : directory);
  return new Uint8Array(
    Buffer.concat([
      ...local,
      central,
      ...endOf(Object.keys(entries).length, central.length, offset, options.zip64 === true),
    ]),
  );
}

/** A field that makes what follows it begin at a multiple of the alignment, as torch writes it. */
function paddingOf(end: number, alignment: number): Buffer {
  if (alignment === 1) return Buffer.alloc(0);
  const length = 4 + ((alignment - ((end + 4) % alignment)) % alignment);
  const field = Buffer.alloc(length, 'Z');
  field.write('FB', 0, 'latin1');
  field.writeUInt16LE(length - 4, 2);
  return field;
}

function directoryEntry(common: Buffer, name: string, size: number, offset: number, zip64: boolean): Buffer {
  const entry = Buffer.alloc(46);
  entry.write('PK\u0001\u0002', 0, 'latin1');
  common.copy(entry, 6);
  entry.writeUInt32LE(offset, 42);
  if (!zip64) return Buffer.concat([entry, Buffer.from(name)]);
  entry.writeUInt32LE(0xffff_ffff, 20);
  entry.writeUInt32LE(0xffff_ffff, 24);
  entry.writeUInt32LE(0xffff_ffff, 42);
  entry.writeUInt16LE(28, 30);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(BigInt(size), 4);
  extra.writeBigUInt64LE(BigInt(size), 12);
  extra.writeBigUInt64LE(BigInt(offset), 20);
  return Buffer.concat([entry, Buffer.from(name), extra]);
}

function endOf(count: number, size: number, offset: number, zip64: boolean): Buffer[] {
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006', 0, 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(zip64 ? 0xffff : count, 10);
  end.writeUInt32LE(zip64 ? 0xffff_ffff : size, 12);
  end.writeUInt32LE(zip64 ? 0xffff_ffff : offset, 16);
  if (!zip64) return [end];
  const end64 = Buffer.alloc(56);
  end64.write('PK\u0006\u0006', 0, 'latin1');
  for (const at of [24, 32]) end64.writeBigUInt64LE(BigInt(count), at);
  end64.writeBigUInt64LE(BigInt(size), 40);
  end64.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\u0006\u0007', 0, 'latin1');
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  return [end64, locator, end];
}
