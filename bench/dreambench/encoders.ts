/** The encoders of DreamBench's metrics, on the processor in f32: DINO for pictures, CLIP for pictures and texts. */
import type { Pixels } from '../../workers/api.ts';
import { parseClipTextConfig, parseClipVisionConfig } from '../../workers/graph/config/clip-config.ts';
import { parseVitConfig } from '../../workers/graph/config/vit-config.ts';
import { buildImageToPseudoWord, imageToPseudoWordTensors } from '../../workers/graph/graphs/image-to-pseudo-word.ts';
import { buildPictureEmbedding, pictureEmbeddingTensors } from '../../workers/graph/graphs/picture-embedding.ts';
import { buildTextEmbedding, textEmbeddingTensors } from '../../workers/graph/graphs/text-embedding.ts';
import {
  parseImageProcessorConfig,
  processImage,
  type ImageProcessorConfig,
} from '../../workers/images/image-processor.ts';
import { tokenEmbeddings } from '../../workers/pipeline/modules/token-embeddings.ts';
import { loadTokenizer } from '../../workers/pipeline/prompt/tokenizer.ts';
import { openSession, runSession, type Backend, type Session } from '../../workers/runtime/sessions.ts';
import { floatTensor, intTensor, output, takeFloats } from '../../workers/runtime/tensors.ts';
import { readText, type SourceFiles } from '../../workers/weights/sources/source-files.ts';
import { loadEncoder, openPlace, readJson, requireEncoder } from './encoder-files.ts';

/** A vector of a picture or a text, not normalized. */
type Embed<T> = (subject: T) => Promise<Float32Array>;

export interface MetricEncoders {
  readonly dino: Embed<Pixels>;
  readonly clipPicture: Embed<Pixels>;
  readonly clipText: Embed<string>;
}

const kernels = 'portable';

/** What facebook/dino-vits16 was judged with (Kosmos-G's script), where its repository says nothing else. */
const dinoProcessor = {
  size: { shortest_edge: 256 },
  crop_size: { height: 224, width: 224 },
  image_mean: [0.485, 0.456, 0.406],
  image_std: [0.229, 0.224, 0.225],
};

/**
 * @param dino a ViTModel in transformers' layout: a folder or owner/name
 * @param clip a whole CLIPModel
 * @throws PinwordError for what cannot be found, read or built
 */
export async function openEncoders(backend: Backend, dino: string, clip: string): Promise<MetricEncoders> {
  const clipFiles = await openPlace(clip);
  return {
    dino: await openDino(backend, await openPlace(dino)),
    clipPicture: await openClipPicture(backend, clipFiles),
    clipText: await openClipText(backend, clipFiles),
  };
}

/** @param edge of the pictures that the network takes; a file may crop for another */
function processorOf(config: unknown, usual: object, edge: number): ImageProcessorConfig {
  const processor = parseImageProcessorConfig({ ...usual, ...(config as object | null) }, 'preprocessor_config.json');
  const { crop_size: crop } = processor;
  return crop.height === edge && crop.width === edge
    ? processor
    : { ...processor, crop_size: { height: edge, width: edge } };
}

/** DINO's class token. Whatever its own file says, the picture is resized to 256/224 of its edge and cropped, as in the published figures. */
async function openDino(backend: Backend, files: SourceFiles): Promise<Embed<Pixels>> {
  const found = await requireEncoder(files);
  const config = parseVitConfig(await readJson(files, 'config.json'));
  const part = await loadEncoder(
    found,
    config,
    (weights) => buildPictureEmbedding(config, weights, { kernels }).usedTensors,
  );
  const graph = buildPictureEmbedding(config, part.weights, { kernels });
  const session = await openSession(backend, graph.model, [part.file]);
  const edge = config.image_size;
  const resized = { ...dinoProcessor, size: { shortest_edge: Math.round((edge * 256) / 224) } };
  return pictureEmbedder(backend, session, processorOf(null, resized, edge), pictureEmbeddingTensors.embedding);
}

async function openClipPicture(backend: Backend, files: SourceFiles): Promise<Embed<Pixels>> {
  const found = await requireEncoder(files);
  const config = parseClipVisionConfig(await readJson(files, 'config.json'), 'config.json');
  const options = { kernels, projector: null } as const;
  const part = await loadEncoder(
    found,
    config,
    (weights) => buildImageToPseudoWord(config, weights, options).usedTensors,
  );
  const graph = buildImageToPseudoWord(config, part.weights, options);
  const session = await openSession(backend, graph.model, [part.file]);
  const processor = processorOf(await readJson(files, 'preprocessor_config.json'), {}, config.image_size);
  return pictureEmbedder(backend, session, processor, imageToPseudoWordTensors.imageEmbeds);
}

/** Both graphs call their input alike. */
function pictureEmbedder(
  backend: Backend,
  session: Session,
  processor: ImageProcessorConfig,
  embedding: string,
): Embed<Pixels> {
  const { height, width } = processor.crop_size;
  return async (pixels) => {
    const values = processImage(pixels, null, processor);
    const feeds = { [pictureEmbeddingTensors.pixelValues]: floatTensor(backend, values, [1, 3, height, width]) };
    return takeFloats(output(await runSession(session, feeds), embedding));
  };
}

async function openClipText(backend: Backend, files: SourceFiles): Promise<Embed<string>> {
  const found = await requireEncoder(files);
  const config = parseClipTextConfig(await readJson(files, 'config.json'), 'config.json');
  const options = { kernels, projected: true } as const;
  const part = await loadEncoder(found, config, (weights) => buildTextEmbedding(config, weights, options).usedTensors);
  const session = await openSession(backend, buildTextEmbedding(config, part.weights, options).model, [part.file]);
  const length = config.max_position_embeddings;
  const tokenizer = await loadTokenizer(tokenizerFiles(files), length);
  return async (text) => {
    const ids = tokenizer.encode(text).slice(0, length - 2);
    const end = ids.length + 1;
    const sequence = new Int32Array(length).fill(tokenizer.padId);
    sequence.set([tokenizer.bosId, ...ids.map(({ id }) => id), tokenizer.eosId]);
    const values = await tokenEmbeddings(part, sequence);
    const results = await runSession(session, {
      [textEmbeddingTensors.tokenEmbeddings]: floatTensor(backend, values, [1, length, config.hidden_size]),
      [textEmbeddingTensors.endIndex]: intTensor(backend, Int32Array.of(end), [1]),
    });
    return takeFloats(output(results, textEmbeddingTensors.textEmbeds));
  };
}

/** A CLIP model's tokenizer lies beside its weights, a pipeline's in a folder. */
function tokenizerFiles(files: SourceFiles): Parameters<typeof loadTokenizer>[0] {
  const beside = (path: string): string => path.replace(/^tokenizer\//u, '');
  return {
    json: async (path) => (await readJson(files, path)) ?? (await readJson(files, beside(path))),
    text: async (path) => (await readText(files, path)) ?? (await readText(files, beside(path))),
  };
}
