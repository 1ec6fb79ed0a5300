import type { LoadModelRequest, ModelSource } from '../../api.ts';
import type { Checkpoint } from './checkpoint.ts';
import { about } from '../../errors.ts';
import type { LookChoice } from './find-look.ts';
import type { TinyChoice } from './find-tiny-autoencoder.ts';

/** Opens the repositories that an IP-Adapter and its image encoder are chosen from; null without an adapter. */
export async function openLook(
  { ipAdapter, lookImageEncoder }: Pick<LoadModelRequest, 'ipAdapter' | 'lookImageEncoder'>,
  open: (source: ModelSource) => Promise<Checkpoint>,
): Promise<LookChoice | null> {
  if (ipAdapter.kind === 'none') return null;
  return {
    adapter:
      ipAdapter.kind === 'file'
        ? ipAdapter.file
        : { checkpoint: await about('ipAdapter', () => open(ipAdapter.source)), path: ipAdapter.path },
    encoder:
      lookImageEncoder.kind === 'from'
        ? {
            kind: 'from',
            checkpoint: await about('lookImageEncoder', () => open(lookImageEncoder.source)),
            path: lookImageEncoder.path,
          }
        : lookImageEncoder,
  };
}

/** Opens the repository that a tiny autoencoder is chosen from; null without one. */
export async function openTiny(
  { tinyAutoencoder }: Pick<LoadModelRequest, 'tinyAutoencoder'>,
  open: (source: ModelSource) => Promise<Checkpoint>,
): Promise<TinyChoice | null> {
  if (tinyAutoencoder === undefined || tinyAutoencoder.kind === 'none') return null;
  if (tinyAutoencoder.kind === 'files') return tinyAutoencoder;
  const { source, path } = tinyAutoencoder;
  return { kind: 'from', checkpoint: await about('tinyAutoencoder', () => open(source)), path };
}
