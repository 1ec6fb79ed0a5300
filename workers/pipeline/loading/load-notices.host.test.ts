import { join } from 'node:path';
import { expect, it } from 'vitest';

import { ownParts } from '../../api.ts';
import { writeSafetensorsHeader } from '../../checkpoint/tensor-files/safetensors.ts';
import { folderFiles, referenceData } from '../../testing/reference/folder-files.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import { value } from '../../testing/runs/reference-engine.ts';
import { materialize } from '../../weights/convert/materialize.ts';
import { memorySink } from '../../weights/convert/weight-sink.ts';
import { layoutCheckpoint } from './checkpoint.ts';
import { Engine } from '../run/engine.ts';
import { memoryWeightLoader } from './weight-loader.ts';

/** The tiny checkpoint, its safety checker a config alone. */
async function withoutCheckerWeights() {
  const files = await folderFiles(join(referenceData, 'sd15'));
  return layoutCheckpoint({
    ...files,
    find: (path) => (path === 'safety_checker/model.safetensors' ? Promise.resolve(null) : files.find(path)),
  });
}

/** A LoRA of zeros with an embedding packed into it. */
function bundle(): File {
  const module = 'unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q';
  const tensors: readonly (readonly [string, readonly number[]])[] = [
    [`${module}.lora_A.weight`, [1, 64]],
    [`${module}.lora_B.weight`, [64, 1]],
    ['bundle_emb.my-cat.emb_params', [1, 32]],
  ];
  const { header, size } = writeSafetensorsHeader(tensors.map(([name, shape]) => ({ name, dtype: 'F32', shape })));
  const bytes = new Uint8Array(size);
  bytes.set(header);
  return new File([bytes], 'bundle.safetensors');
}

it('a model is loaded without what cannot be used, and its summary says so', async () => {
  const checkpoint = await withoutCheckerWeights();
  const engine = new Engine({
    openBackend: nodeBackend,
    openCheckpoint: () => Promise.resolve(checkpoint),
    openWeightLoader: () => Promise.resolve(memoryWeightLoader((request) => materialize(request, memorySink))),
    lookStore: null,
    decodeImage: () => Promise.reject(new Error('no picture')),
  });
  const summary = value(
    await engine.loadModel(
      {
        source: { kind: 'folder', name: 'sd15', files: [] },
        provider: 'wasm',
        ...ownParts,
        loras: [{ file: bundle(), weight: 1 }],
        plan: {},
        keep: false,
      },
      () => undefined,
      () => true,
    ),
  );
  expect(summary.canPinPictures).toBe(true);
  expect(summary.parts).toContain('UNet');
  expect(summary.notices.map(({ code }) => code)).toEqual(['no-safety-checker', 'lora-embeddings']);
});
