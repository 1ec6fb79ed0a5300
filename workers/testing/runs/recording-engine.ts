import type { Pixels } from '../../api.ts';
import { memoryWeightLoader } from '../../pipeline/loading/weight-loader.ts';
import { Engine } from '../../pipeline/run/engine.ts';
import { materialize } from '../../weights/convert/materialize.ts';
import { memorySink } from '../../weights/convert/weight-sink.ts';
import { nodeBackend } from '../gpu/node-backend.ts';
import { adaptedCheckpoint, h94Repository } from '../reference/look-files.ts';

const checkpoint = await adaptedCheckpoint();
const h94 = await h94Repository();

/**
 * An engine in Node that tells which weights it is brought. The folder "h94" holds the adapters of look_reference.py,
 * every other the checkpoint that they are made for; every picture is the same.
 * @param onBrought gets the file, and which part of it is taken where that is not all
 */
export function recordingEngine(photo: Pixels, onBrought: (name: string, subset: string | undefined) => void): Engine {
  return new Engine({
    openBackend: nodeBackend,
    openCheckpoint: (source) => Promise.resolve(source.kind === 'folder' && source.name === 'h94' ? h94 : checkpoint),
    openWeightLoader: () =>
      Promise.resolve(
        memoryWeightLoader((request) => {
          onBrought(request.source.name, request.subset);
          return materialize(request, memorySink);
        }),
      ),
    lookStore: null,
    decodeImage: () => Promise.resolve(photo),
  });
}
