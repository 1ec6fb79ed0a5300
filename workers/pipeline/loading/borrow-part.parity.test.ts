import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { ownParts } from '../../api.ts';
import { toFloat32 } from '../../checkpoint/tensors/dtype.ts';
import { readSafetensorsTable, writeSafetensorsHeader } from '../../checkpoint/tensor-files/safetensors.ts';
import type { TensorTable } from '../../checkpoint/tensors/tensor-table.ts';
import { PinwordError } from '../../errors.ts';
import { folderFiles, referenceData } from '../../testing/reference/folder-files.ts';
import { memorySource } from '../../testing/reference/formats-reference.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import { referenceUpload } from '../../testing/runs/picture-runs.ts';
import { relativeError } from '../../testing/reference/reference-case.ts';
import { makePicture, numberedPicture, pinOn, plainRequest, value } from '../../testing/runs/reference-engine.ts';
import {
  readReferenceFile,
  readTensorFile,
  readWeightFile,
  tensorBytes,
} from '../../testing/reference/reference-file.ts';
import { psnr, planesOf } from '../../testing/runs/reference-runs.ts';
import { evilPickle } from '../../testing/files/torch-writer.ts';
import { openFolder } from '../../weights/sources/folder-source.ts';
import { materialize } from '../../weights/convert/materialize.ts';
import { memorySink } from '../../weights/convert/weight-sink.ts';
import { borrowPart } from './borrow-part.ts';
import { layoutCheckpoint, singleFileCheckpoint, type Checkpoint } from './checkpoint.ts';
import { Engine } from '../run/engine.ts';
import { memoryWeightLoader } from './weight-loader.ts';

const data = 'borrowed-encoder';
const borrowImageEncoder = (lender: Checkpoint) => borrowPart(lender, 'imageEncoder');
const clip = await readWeightFile(`${data}/clip/model.safetensors`);
const [config, preprocessor] = await Promise.all(
  ['config.json', 'preprocessor_config.json'].map((name) => readReferenceFile(`${data}/clip/${name}`)),
);
const isVision = (name: string): boolean => /^(vision_model|visual_projection)\./.test(name);

/** A safetensors file of those of CLIP's tensors that have a new name. */
function weights(newName: (name: string) => string | null): Uint8Array<ArrayBuffer> {
  const kept = [...clip.table].flatMap(([name, info]) => {
    const renamed = newName(name);
    return renamed === null
      ? []
      : [
          {
            name: renamed,
            dtype: info.dtype,
            shape: info.shape,
            bytes: clip.bytes.slice(info.offset, info.offset + info.length),
          },
        ];
  });
  const { header, table, size } = writeSafetensorsHeader(kept);
  const file = new Uint8Array(size);
  file.set(header);
  for (const { name, bytes } of kept) file.set(bytes, table.get(name)?.offset);
  return file;
}

/** As in a safety checker; one more tensor stands for the concepts, which must not be brought. */
const inSafetyChecker = (name: string): string | null => {
  if (name === 'text_projection.weight') return 'concept_embeds';
  return isVision(name) ? name.replace('vision_model.', 'vision_model.vision_model.') : null;
};

const layouts: Readonly<Record<string, Readonly<Record<string, Uint8Array<ArrayBuffer> | undefined>>>> = {
  'a folder of its own': {
    'image_encoder/config.json': config,
    'image_encoder/model.safetensors': weights((name) => (isVision(name) ? name : null)),
    'image_processor/preprocessor_config.json': preprocessor,
  },
  'a safety checker': {
    'safety_checker/config.json': config,
    'safety_checker/model.safetensors': weights(inSafetyChecker),
    'feature_extractor/preprocessor_config.json': preprocessor,
  },
  'the top of a CLIP model’s repository': {
    'config.json': config,
    'model.safetensors': clip.bytes,
    'preprocessor_config.json': preprocessor,
  },
  'a safety checker beside an image encoder that is a pickle': {
    'image_encoder/config.json': config,
    'image_encoder/pytorch_model.bin': evilPickle,
    'safety_checker/config.json': config,
    'safety_checker/model.safetensors': weights(inSafetyChecker),
    'feature_extractor/preprocessor_config.json': preprocessor,
  },
};

function repository(files: Readonly<Record<string, Uint8Array<ArrayBuffer> | undefined>>): Checkpoint {
  return layoutCheckpoint(
    openFolder(
      'someone/vision',
      Object.entries(files).map(([path, bytes]) => ({ path, file: new Blob([bytes ?? new Uint8Array()]) })),
    ),
  );
}

/** A single file with such an encoder and a projector between the two. Pictures are those of the reference. */
async function openSingleFile(lender: Checkpoint): Promise<Engine> {
  const { shape, bytes } = tensorBytes(await readWeightFile(`${data}/expected.safetensors`), 'rgba');
  const [height = 0, width = 0] = shape;
  const shared = await folderFiles(join(referenceData, 'sd15'));
  const engine = new Engine({
    openBackend: nodeBackend,
    openCheckpoint: (source) =>
      source.kind === 'single-file' ? singleFileCheckpoint(source, shared) : Promise.resolve(lender),
    openWeightLoader: () => Promise.resolve(memoryWeightLoader((request) => materialize(request, memorySink))),
    lookStore: null,
    decodeImage: () => Promise.resolve({ width, height, data: new Uint8ClampedArray(bytes.buffer) }),
  });
  const [file, projector, projectorConfig] = await Promise.all([
    referenceUpload('formats/single-file', 'conv-projection.safetensors'),
    referenceUpload(data, 'projector/model.safetensors'),
    referenceUpload(data, 'projector/config.json'),
  ]);
  value(
    await engine.loadModel(
      {
        source: { kind: 'single-file', file },
        provider: 'wasm',
        ...ownParts,
        projector: { kind: 'file', file: projector, config: projectorConfig },
        imageEncoder: { kind: 'from', source: { kind: 'folder', name: 'vision', files: [] } },
        plan: {},
        keep: false,
      },
      () => undefined,
      () => true,
    ),
  );
  return engine;
}

async function onlyTensor(blob: Blob): Promise<Float32Array> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const table: TensorTable = await readSafetensorsTable(memorySource('word', bytes));
  const [info] = table.values();
  if (info === undefined) throw new RangeError('no tensor');
  return toFloat32(bytes.slice(info.offset, info.offset + info.length), 'F32');
}

const subjects = [{ kind: 'picture', image: numberedPicture(0), hash: '0', region: null }] as const;

describe.each(Object.entries(layouts))('an image encoder from another repository, in %s', (_, files) => {
  it('is found, and only its own tensors are brought', async () => {
    const { usedTensors, files: found } = await borrowImageEncoder(repository(files));
    const vision = [...found.table.keys()].filter((name) => isVision(name) && !name.endsWith('position_ids'));
    expect(vision.length).toBeGreaterThan(20);
    expect([...usedTensors].sort()).toEqual(vision.sort());
  });

  it('gives a single file the pseudo-word that transformers gives', async () => {
    const engine = await openSingleFile(repository(files));
    const word = await onlyTensor(value(await engine.exportEmbedding(subjects, 'dog')));
    expect(
      relativeError(
        word,
        (await readTensorFile(`${data}/expected.safetensors`)).get('pseudo_word')?.values ?? new Float32Array(),
      ),
    ).toBeLessThan(1e-4);
  });
});

it('pins a picture on a word of a single file', async () => {
  const engine = await openSingleFile(repository(layouts['a safety checker'] ?? {}));
  const request = { ...plainRequest, caption: 'a dog on the beach', width: 32, height: 32, steps: 2 };
  const [plain, pinned] = [
    await makePicture(engine, request),
    await makePicture(engine, { ...request, pins: [pinOn(1, subjects)] }),
  ];
  expect(psnr(pinned.pixels, planesOf(plain.pixels))).toBeLessThan(45);
});

describe('a repository without an image encoder', () => {
  it('is refused with the names of all places that were looked at', async () => {
    const error = await borrowImageEncoder(repository({ 'unet/config.json': config })).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(PinwordError);
    expect(error).toMatchObject({
      code: 'file-not-found',
      message: expect.stringMatching(
        /someone\/vision.*image_encoder\/config\.json.*safety_checker\/config\.json.* config\.json/,
      ) as string,
    });
  });

  it('is refused with the reason where it has one that cannot be read', async () => {
    const pickle = borrowImageEncoder(repository({ 'config.json': config, 'pytorch_model.bin': evilPickle }));
    await expect(pickle).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringMatching(/"pytorch_model\.bin".*posix\.system/) as string,
    });
  });

  it('is refused by name where its config is another network’s', async () => {
    const other = borrowImageEncoder(
      repository({
        'config.json': new TextEncoder().encode('{"model_type":"siglip"}'),
        'model.safetensors': clip.bytes,
      }),
    );
    await expect(other).rejects.toMatchObject({
      code: 'unsupported-config',
      message: expect.stringContaining('model_type in config.json') as string,
    });
  });
});
