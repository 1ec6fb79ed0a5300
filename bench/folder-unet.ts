import { layoutCheckpoint, type Checkpoint } from '../workers/pipeline/loading/checkpoint.ts';
import { findParts } from '../workers/pipeline/loading/find-parts.ts';
import type { FoundParts } from '../workers/pipeline/loading/found-part.ts';
import { PartLoader } from '../workers/pipeline/loading/load-parts.ts';
import type { LoadedParts } from '../workers/pipeline/model/modules.ts';
import type { LatentSize } from '../workers/pipeline/modules/latent-size.ts';
import { own } from '../workers/testing/reference/changed-checkpoint.ts';
import { folderFiles } from '../workers/testing/reference/folder-files.ts';
import { materialize } from '../workers/weights/convert/materialize.ts';
import { memorySink } from '../workers/weights/convert/weight-sink.ts';

interface FolderUNet {
  readonly checkpoint: Checkpoint;
  readonly found: FoundParts;
  /** In f32. */
  readonly unet: LoadedParts['unet'];
  /** The latents' that it was made for. */
  readonly size: LatentSize;
}

/** The UNet of a checkpoint in diffusers layout on this machine. */
export async function folderUNet(folder: string): Promise<FolderUNet> {
  const checkpoint = layoutCheckpoint(await folderFiles(folder));
  const { found } = await findParts(checkpoint, own);
  const loader = new PartLoader([found.unet], {
    load: (request) => materialize(request, memorySink),
    dtype: 'F32',
    transforms: {},
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  const { unet } = await loader.load(found);
  const { sample_size: sampleSize } = found.unet.config;
  const [height, width] = Array.isArray(sampleSize) ? sampleSize : [sampleSize ?? 64, sampleSize ?? 64];
  return { checkpoint, found, unet, size: { height, width } };
}
