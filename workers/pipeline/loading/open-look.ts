import type { LoadModelRequest, ModelSource } from '../../api.ts';
import type { Checkpoint } from './checkpoint.ts';
import type { LookChoice } from './find-look.ts';

/** Opens the repositories that an IP-Adapter and its image encoder are chosen from; null without an adapter. */
export async function openLook(
  { ipAdapter, lookImageEncoder }: Pick<LoadModelRequest, 'ipAdapter' | 'lookImageEncoder'>,
  open: (source: ModelSource) => Promise<Checkpoint>,
): Promise<LookChoice | null> {
  if (ipAdapter.kind === 'none') return null;
  return {
    adapter:
      ipAdapter.kind === 'file' ? ipAdapter.file : { checkpoint: await open(ipAdapter.source), path: ipAdapter.path },
    encoder:
      lookImageEncoder.kind === 'from'
        ? { kind: 'from', checkpoint: await open(lookImageEncoder.source), path: lookImageEncoder.path }
        : lookImageEncoder,
  };
}
