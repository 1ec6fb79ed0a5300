import { allInOrder } from '../../all-in-order.ts';
import { sha256OfText, sha256 } from '../../weights/sources/hashes.ts';
import { remoteFacts } from '../../weights/sources/remote-facts.ts';
import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import type { FoundPart, FoundParts } from './found-part.ts';

/** Tells the weights that make tokens of pictures from all others, wherever they lie. '' where there are none. */
export async function lookIdentity({ ipAdapter, lookImageEncoder }: FoundParts): Promise<string> {
  return identityOf([ipAdapter, lookImageEncoder]);
}

/** The same of those that make pseudo-words. */
export async function subjectIdentity({ projector, imageEncoder }: FoundParts): Promise<string> {
  return identityOf([projector, imageEncoder]);
}

async function identityOf(wanted: readonly (FoundPart<unknown> | null)[]): Promise<string> {
  const parts = wanted.filter((part) => part !== null);
  if (parts.length < wanted.length) return '';
  const contents = await Promise.all(parts.map(contentOf));
  return sha256OfText(JSON.stringify([contents, parts.map(({ config }) => config)]));
}

async function contentOf({ files: { weights }, origin }: FoundPart<unknown>): Promise<readonly unknown[]> {
  const { sha256: published, validator, acceptsRanges } = remoteFacts(weights);
  if (published !== null) return [published];
  const place = [origin?.identity ?? null, validator, weights.name, weights.size];
  return typeof origin?.identity === 'string' || !acceptsRanges ? place : [weights.size, await sampled(weights)];
}

const samples = 16;
const sampleBytes = 4096;

/** Of a file at hand, which may be gigabytes, spots all over it: other weights differ everywhere. */
async function sampled(source: ByteSource): Promise<string> {
  const length = Math.min(sampleBytes, source.size);
  const offsets = Array.from({ length: samples }, (_, index) =>
    Math.floor(((source.size - length) * index) / (samples - 1)),
  );
  const read = await allInOrder(offsets.map((offset) => source.read(offset, length)));
  const bytes = new Uint8Array(samples * length);
  for (const [index, piece] of read.entries()) bytes.set(piece, index * length);
  return sha256(bytes);
}
