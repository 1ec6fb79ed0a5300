import type { LoadModelRequest, LoadProgress, ModelSummary, Notice, Pixels } from '../api.ts';
import { PinwordError } from '../errors.ts';
import type { Backend } from '../runtime/sessions.ts';
import { parseSchedulerConfig } from '../schedulers/scheduler-config.ts';
import type { LocalWeights, MaterializeRequest } from '../weights/materialize.ts';
import type { Checkpoint } from './checkpoint.ts';
import { countWeights, placeComponent, type Component, type FoundComponent } from './component.ts';
import { Decoder } from './decoder.ts';
import { DenoiserSessions } from './denoiser-sessions.ts';
import { findComponents, type FoundComponents } from './find-components.ts';
import { parseImageProcessorConfig } from './image-processor.ts';
import type { LoadedModel } from './loaded-model.ts';
import { describePlan, estimatedBudget, planMemory, type MemoryLimits, type MemoryNeeds, type MemoryPlan } from './memory-plan.ts';
import { previewConfig, stableDiffusionPreview } from './preview-matrix.ts';
import { SubjectEncoder } from './subject-encoder.ts';
import { TextConditions } from './text-conditions.ts';
import { loadTokenizer } from './tokenizer.ts';

export interface LoadContext {
  readonly backend: Backend;
  readonly checkpoint: Checkpoint;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LoadProgress) => void;
  /** Brings weights onto this machine: into memory, or into storage where they are kept. */
  readonly bring: (name: string, request: MaterializeRequest) => Promise<LocalWeights>;
  readonly decodeImage: (image: Blob) => Promise<Pixels>;
}

/** The wasm provider needs seconds a step for the miniature model and many minutes for Stable Diffusion. */
const maxWasmWeights = 100e6;

/**
 * Loads a checkpoint: configs and headers first, then a memory plan, then only the tensors that the graphs use.
 * @throws PinwordError with what is wrong with the checkpoint, by file or tensor name; 'provider-too-slow'; 'cancelled'
 */
export async function loadModel(request: LoadModelRequest, context: LoadContext): Promise<LoadedModel> {
  const { backend, checkpoint } = context;
  const report = (phase: LoadProgress['phase'], file: string) => {
    context.onProgress({ phase, file, bytes: 0, totalBytes: 0 });
  };
  report('find', checkpoint.name);
  const found = await findComponents(checkpoint);
  const schedulerConfig = parseSchedulerConfig(await checkpoint.json('scheduler/scheduler_config.json'));
  const tokenizer = await loadTokenizer(checkpoint);
  const preview = previewConfig.safeParse(await checkpoint.json('preview/config.json'));
  const preprocessor = parseImageProcessorConfig(await checkpoint.json('feature_extractor/preprocessor_config.json'));

  const needs = memoryNeeds(found);
  refuseSlow(backend, needs);
  const plan = planMemory(needs, memoryLimits(backend), request.plan ?? {});
  const parts = await bringAll(found, plan, context);
  const { imageEncoder, projector } = parts;
  const nativeSize = 8 * needs.height;
  const summary: ModelSummary = {
    id: checkpoint.identity ?? checkpoint.name,
    name: checkpoint.name,
    provider: backend.gpu === null ? 'wasm' : 'webgpu',
    precision: plan.precision,
    nativeSize,
    sizeMultiple: 8 * 2 ** (parts.unet.config.block_out_channels.length - 1),
    predictionType: schedulerConfig.predictionType,
    canPinPictures: imageEncoder !== null && projector !== null,
    plan: describePlan(plan),
    predictedBytes: plan.predictedBytes,
    bytesLoaded: parts.bytesLoaded,
    notices: notices(parts),
  };
  const model: LoadedModel = {
    summary,
    backend,
    unetConfig: parts.unet.config,
    schedulerConfig,
    tokenizer,
    textConditions: new TextConditions(backend, parts.textEncoder),
    subjectEncoder:
      imageEncoder === null || projector === null
        ? null
        : new SubjectEncoder(backend, { imageEncoder, projector, preprocessor }, context.decodeImage),
    denoiser: new DenoiserSessions(backend, { unet: parts.unet, preview: preview.data ?? stableDiffusionPreview }),
    decoder: new Decoder(backend, parts.vae),
    memory: { needs, plan },
  };
  report('ready', checkpoint.name);
  return model;
}

interface BroughtComponents {
  readonly unet: Component<FoundComponents['unet']['config']>;
  readonly vae: Component<FoundComponents['vae']['config']>;
  readonly textEncoder: Component<FoundComponents['textEncoder']['config']>;
  readonly imageEncoder: Component<NonNullable<FoundComponents['imageEncoder']>['config']> | null;
  readonly projector: Component<NonNullable<FoundComponents['projector']>['config']> | null;
  readonly bytesLoaded: number;
}

/** Brings every module's weights in the precision of the plan, one after the other, and adds their progress up. */
async function bringAll(found: FoundComponents, plan: MemoryPlan, context: LoadContext): Promise<BroughtComponents> {
  const all = [found.unet, found.vae, found.textEncoder, found.imageEncoder, found.projector].filter((part) => part !== null);
  const totalBytes = all.reduce((sum, part) => sum + sourceBytes(part), 0);
  let before = 0;
  const bring = async <C>(part: FoundComponent<C>): Promise<Component<C>> => {
    const { files, recipe } = part;
    const local = await context.bring(recipe.folder, {
      source: files.weights,
      table: files.table,
      wanted: [...part.usedTensors].map((name) => ({ name })),
      dtype: plan.precision === 'f16' ? 'F16' : 'F32',
      signal: context.signal,
      onProgress: (bytes) => {
        context.onProgress({ phase: 'download', file: recipe.folder, bytes: Math.min(totalBytes, before + bytes), totalBytes });
      },
    });
    before += sourceBytes(part);
    return placeComponent(part, local);
  };
  return {
    textEncoder: await bring(found.textEncoder),
    imageEncoder: found.imageEncoder === null ? null : await bring(found.imageEncoder),
    projector: found.projector === null ? null : await bring(found.projector),
    unet: await bring(found.unet),
    vae: await bring(found.vae),
    bytesLoaded: totalBytes,
  };
}

/** Bytes of the tensors that are used, as they lie in the source. */
function sourceBytes({ files, usedTensors }: FoundComponent<unknown>): number {
  let bytes = 0;
  for (const name of usedTensors) bytes += files.table.get(name)?.length ?? 0;
  return bytes;
}

function memoryNeeds(found: FoundComponents): MemoryNeeds {
  const { sample_size: sampleSize, block_out_channels: channels } = found.unet.config;
  const [height, width] = Array.isArray(sampleSize) ? sampleSize : [sampleSize ?? 64, sampleSize ?? 64];
  const vaeChannels = found.vae.config.block_out_channels;
  const encoders = [found.textEncoder, found.imageEncoder, found.projector].filter((part) => part !== null);
  return {
    weights: {
      unet: countWeights(found.unet),
      vae: countWeights(found.vae),
      encoders: encoders.reduce((sum, part) => sum + countWeights(part), 0),
    },
    unetChannels: channels[0] ?? 320,
    vaeChannels: { last: vaeChannels[0] ?? 128, beforeLast: vaeChannels[1] ?? vaeChannels[0] ?? 256 },
    height,
    width,
  };
}

function memoryLimits({ gpu }: Backend): MemoryLimits {
  if (gpu === null) return { shaderF16: false, maxBufferSize: Infinity, budget: Infinity };
  const { shaderF16, maxBufferSize } = gpu;
  return { shaderF16, maxBufferSize, budget: estimatedBudget(maxBufferSize) };
}

function refuseSlow({ gpu }: Backend, { weights }: MemoryNeeds): void {
  if (gpu === null && weights.unet > maxWasmWeights) {
    throw new PinwordError(
      'provider-too-slow',
      'This model is far too large for the processor alone. Use a browser with WebGPU, or the miniature model.',
    );
  }
}

function notices({ imageEncoder, projector }: BroughtComponents): Notice[] {
  if (imageEncoder !== null && projector !== null) return [];
  const lacks = imageEncoder === null ? 'an image encoder' : 'a projector';
  return [{ code: 'no-pictures', message: `This checkpoint brings no ${lacks.replace(/^an? /, '')}, so it makes pictures from text alone until one is chosen.` }];
}
