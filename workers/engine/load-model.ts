import type { LoadModelRequest, LoadProgress, ModelSummary, Notice, Pixels } from '../api.ts';
import { PinwordError } from '../errors.ts';
import type { Backend } from '../runtime/sessions.ts';
import { parseSchedulerConfig } from '../schedulers/scheduler-config.ts';
import { refuseUnbindable } from './binding-limit.ts';
import { bringComponents, ComponentBringer, componentRequests, distinctParts, planTransforms } from './bring-components.ts';
import type { Checkpoint } from './checkpoint.ts';
import { countWeights } from './component.ts';
import { Decoder } from './decoder.ts';
import { DenoiserSessions } from './denoiser-sessions.ts';
import type { Bringer } from './environment.ts';
import { findComponents, type FoundComponents } from './find-components.ts';
import { parseImageProcessorConfig } from './image-processor.ts';
import type { LoadedModel } from './loaded-model.ts';
import { describePlan, estimatedBudget, planMemory, type MemoryLimits, type MemoryNeeds } from './memory-plan.ts';
import { previewConfig, stableDiffusionPreview } from './preview-matrix.ts';
import { SafetyCheck } from './safety-check.ts';
import { SubjectEncoder } from './subject-encoder.ts';
import { TextConditions } from './text-conditions.ts';
import { loadTokenizer } from './tokenizer.ts';

export interface LoadContext {
  readonly backend: Backend;
  readonly checkpoint: Checkpoint;
  /** Where the image encoder comes from, if not from the checkpoint. */
  readonly imageEncoder: Checkpoint | null;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LoadProgress) => void;
  readonly bringer: Bringer;
  readonly decodeImage: (image: Blob) => Promise<Pixels>;
}

/** The wasm provider needs seconds a step for the miniature model and many minutes for Stable Diffusion. */
const maxWasmWeights = 100e6;

/**
 * Loads a checkpoint: configs and headers first, then a memory plan, then only the tensors that the graphs use.
 * @throws PinwordError with what is wrong with the checkpoint, by file or tensor name; 'provider-too-slow'; 'tensor-too-large';
 *   'cancelled'
 */
export async function loadModel(request: LoadModelRequest, context: LoadContext): Promise<LoadedModel> {
  const { backend, checkpoint, signal, onProgress } = context;
  onProgress({ phase: 'find', file: checkpoint.name, bytes: 0, totalBytes: 0 });
  const found = await findComponents(checkpoint, { imageEncoder: context.imageEncoder, projector: request.projector.kind === 'file' ? request.projector : null });
  const schedulerConfig = parseSchedulerConfig(await checkpoint.json('scheduler/scheduler_config.json'));
  const tokenizer = await loadTokenizer(checkpoint);
  const preview = previewConfig.safeParse(await checkpoint.json('preview/config.json')).data ?? stableDiffusionPreview;
  const preprocessor = parseImageProcessorConfig(await checkpoint.json('feature_extractor/preprocessor_config.json'));
  const transforms = await planTransforms(request.loras, found);

  const memoryNeeds = needsOf(found);
  refuseSlow(backend, memoryNeeds);
  const plan = planMemory(memoryNeeds, limitsOf(backend), request.plan ?? {});
  const dtype = plan.precision === 'f16' ? 'F16' : 'F32';
  refuseUnbindable(distinctParts(found), dtype, backend.gpu);
  const bringer = new ComponentBringer(distinctParts(found), context.bringer.bring, signal, onProgress);
  await context.bringer.ensureRoom(componentRequests(found, bringer, dtype, transforms));
  const parts = await bringComponents(found, bringer, dtype, transforms);
  const { imageEncoder, projector, safetyChecker } = parts;
  /** After loading is over: no progress to report and nothing to cancel. */
  const later = new ComponentBringer([], context.bringer.bring, new AbortController().signal, () => undefined);

  const notice = await context.bringer.notice();
  const summary: ModelSummary = {
    id: checkpoint.identity ?? checkpoint.name,
    name: checkpoint.name,
    provider: backend.gpu === null ? 'wasm' : 'webgpu',
    precision: plan.precision,
    nativeSize: 8 * memoryNeeds.height,
    sizeMultiple: 8 * 2 ** (parts.unet.config.block_out_channels.length - 1),
    predictionType: schedulerConfig.predictionType,
    embeddingDimension: found.textEncoder.config.hidden_size,
    canPinPictures: imageEncoder !== null && projector !== null,
    plan: describePlan(plan),
    predictedBytes: plan.predictedBytes,
    bytesLoaded: bringer.totalBytes,
    notices: [...noticesOf(found), ...(notice === null ? [] : [notice])],
  };
  onProgress({ phase: 'ready', file: checkpoint.name, bytes: 0, totalBytes: 0 });
  return {
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
    safetyCheck: safetyChecker === null ? null : new SafetyCheck(backend, safetyChecker, preprocessor),
    memoryNeeds,
    plan,
    denoiser: new DenoiserSessions(backend, { unet: parts.unet, preview }),
    decoder: new Decoder(backend, parts.vae),
    inFullPrecision: {
      denoiser: async () => {
        refuseUnbindable([found.unet], 'F32', backend.gpu);
        return new DenoiserSessions(backend, { unet: await later.bring(found.unet, 'F32', transforms.unet), preview });
      },
      decoder: async () => {
        refuseUnbindable([found.vae], 'F32', backend.gpu);
        return new Decoder(backend, await later.bring(found.vae, 'F32'));
      },
    },
  };
}

function needsOf(found: FoundComponents): MemoryNeeds {
  const { sample_size: sampleSize, block_out_channels: channels } = found.unet.config;
  const [height, width] = Array.isArray(sampleSize) ? sampleSize : [sampleSize ?? 64, sampleSize ?? 64];
  const vaeChannels = found.vae.config.block_out_channels;
  const encoders = distinctParts(found).filter((part) => part !== found.unet && part !== found.vae);
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

function limitsOf({ gpu }: Backend): MemoryLimits {
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

function noticesOf({ imageEncoder, projector }: FoundComponents): Notice[] {
  if (imageEncoder !== null && projector !== null) return [];
  const lacks = imageEncoder === null ? 'image encoder' : 'projector';
  return [{ code: 'no-pictures', message: `This checkpoint brings no ${lacks}, so it makes pictures from text alone until one is chosen.` }];
}
