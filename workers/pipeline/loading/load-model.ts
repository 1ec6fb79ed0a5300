import {
  precisions,
  type Consent,
  type LoadCost,
  type LoadModelRequest,
  type LoadProgress,
  type ModelSummary,
  type Notice,
} from '../../api.ts';
import { isFewStepName } from '../../contract/few-step-names.ts';
import { notice } from '../../contract/notices.ts';
import { formatBytes } from '../../contract/format-bytes.ts';
import { PinwordError } from '../../errors.ts';
import { isForInpainting } from '../../graph/graphs/unet.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { parseSchedulerConfig } from '../../schedulers/scheduler-config.ts';
import { applyPlan } from '../model/apply-plan.ts';
import { refuseUnbindable } from './binding-limit.ts';
import { modelLoader, planLoraTransforms } from './load-parts.ts';
import { storedInsteadNotices, type Checkpoint } from './checkpoint.ts';
import { findParts } from './find-parts.ts';
import { partsToLoad, type FoundParts } from './found-part.ts';
import { findPreprocessors } from './find-preprocessors.ts';
import { kernelsOf } from '../modules/kernels.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { partIds, partSpecs } from '../model/parts.ts';
import { makeModules } from '../model/modules.ts';
import { moduleLoaders } from './module-loaders.ts';
import { memoryLimits } from '../model/memory-limits.ts';
import type { MemoryNeeds } from '../model/memory-needs.ts';
import { describeLevels, describePlan, planMemory, type MemoryPlan } from '../model/memory-plan.ts';
import { previewConfig, stableDiffusionPreview } from '../denoising/preview-matrix.ts';
import { loadTokenizer } from '../prompt/tokenizer.ts';
import type { WeightLoader } from './weight-loader.ts';
import { memoryNeeds } from './measure-needs.ts';
import { weightFileStem } from '../../contract/file-kinds.ts';
import { visionTokens } from '../../graph/modules/clip-vision-model.ts';
import { LookMemory, type LookStore } from '../modules/look-memory.ts';
import { lookIdentity } from './look-identity.ts';
import type { LookChoice } from './find-look.ts';
import type { DecodeImage } from '../modules/subject-picture.ts';

interface LoadContext {
  readonly backend: Backend;
  readonly checkpoint: Checkpoint;
  /** Where the image encoder comes from, if not from the checkpoint. */
  readonly imageEncoder: Checkpoint | null;
  /** Where the VAE comes from, if not from the checkpoint. */
  readonly vae: Checkpoint | null;
  /** The IP-Adapter that was chosen. */
  readonly look: LookChoice | null;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LoadProgress) => void;
  readonly consent: Consent;
  readonly weightLoader: WeightLoader;
  readonly decodeImage: DecodeImage;
  /** Where what is known of pictures' looks is kept; null keeps it for this worker's life only. */
  readonly lookStore: LookStore | null;
}

/** The wasm provider needs seconds a step for the miniature model and many minutes for Stable Diffusion. */
const maxWasmWeights = 100e6;

/**
 * Loads a checkpoint: configs and headers first, then a memory plan, then only the tensors that the graphs use.
 * @throws PinwordError with what is wrong with the checkpoint, by file or tensor name; 'provider-too-slow'; 'too-large-for-browser'; 'tensor-too-large';
 *   'cancelled', also where the consent is not given
 */
export async function loadModel(request: LoadModelRequest, context: LoadContext): Promise<LoadedModel> {
  const { backend, checkpoint, signal, onProgress } = context;
  onProgress({ phase: 'find', file: checkpoint.name, bytes: 0, totalBytes: 0 });
  const { found, lookLender, notices } = await findParts(checkpoint, {
    imageEncoder: context.imageEncoder,
    vae: context.vae,
    look: context.look,
    projector: request.projector.kind === 'file' ? request.projector : null,
  });
  const schedulerConfig = parseSchedulerConfig(await checkpoint.json('scheduler/scheduler_config.json'));
  const tokenizer = await loadTokenizer(checkpoint, found.textEncoder.config.max_position_embeddings);
  const preview = previewConfig.safeParse(await checkpoint.json('preview/config.json')).data ?? stableDiffusionPreview;
  const preprocessors = await findPreprocessors(found, checkpoint, {
    imageEncoder: context.imageEncoder,
    lookImageEncoder: lookLender,
  });
  const loras = await planLoraTransforms(request.loras, found);
  const { transforms } = loras;

  const needs = memoryNeeds(found, kernelsOf(backend));
  refuseSlow(backend, needs);
  const browserLimit = request.memoryLimit ?? Infinity;
  const limits = memoryLimits(backend, browserLimit);
  const plan = planMemory(needs, limits, request.plan);
  refuseTooLarge(plan, browserLimit);
  const { dtype } = precisions[plan.precision];
  refuseUnbindable(partsToLoad(found), dtype, backend.gpu);
  const { load } = context.weightLoader;
  const loader = modelLoader(found, { load, dtype, transforms, signal, onProgress });
  const cost = {
    plan: describeLevels(plan, needs),
    predictedBytes: plan.predictedBytes,
    budgetBytes: backend.gpu === null ? null : limits.budget,
  };
  await requireConsent({ ...cost, downloadBytes: await context.weightLoader.missingBytes(loader.requests) }, context);
  await context.weightLoader.ensureRoom(loader.requests);
  const parts = await loader.load(found);
  const ofStorage = await context.weightLoader.notice(loader.requests);
  const summary: ModelSummary = {
    id: checkpoint.identity ?? checkpoint.name,
    name: checkpoint.name,
    provider: backend.gpu === null ? 'wasm' : 'webgpu',
    precision: plan.precision,
    nativeSize: needs.vaeScale * needs.height,
    sizeMultiple: needs.vaeScale,
    predictionType: schedulerConfig.prediction_type ?? 'epsilon',
    embeddingDimension: found.textEncoder.config.hidden_size,
    canStartFromPictures: found.vaeEncoder !== null,
    isForInpainting: isForInpainting(parts.unet.config),
    canPinPictures: parts.imageEncoder !== null && parts.projector !== null,
    look: lookSummary(found),
    parts: partIds.filter((id) => parts[id] !== null).map((id) => partSpecs[id].label),
    plan: describePlan(plan, needs, { isGpu: backend.gpu !== null }),
    bytesLoaded: loader.totalBytes,
    notices: [
      ...noticesOf(found),
      ...notices,
      ...loras.notices,
      ...storedInsteadNotices(lenders(context, lookLender)),
      ...(ofStorage === null ? [] : [ofStorage]),
    ],
  };
  const lookMemory = new LookMemory(await lookIdentity(found), context.lookStore);
  const settings = { backend, preview, preprocessors, decodeImage: context.decodeImage, lookMemory };
  const model: LoadedModel = {
    summary,
    backend,
    unetConfig: parts.unet.config,
    schedulerConfig,
    tokenizer,
    decodeImage: context.decodeImage,
    isForFewSteps:
      parts.unet.config.time_cond_proj_dim !== null ||
      [checkpoint.name, ...request.loras.map(({ file }) => file.name)].some(isFewStepName),
    memory: { needs, limits, overrides: request.plan },
    plan,
    ...makeModules(parts, settings),
    loaders: moduleLoaders(found, load, transforms, settings),
  };
  await applyPlan(model, plan);
  return model;
}

function lookSummary({ ipAdapter, lookImageEncoder }: FoundParts): ModelSummary['look'] {
  if (ipAdapter === null || lookImageEncoder === null) return null;
  const { projection } = ipAdapter.config;
  return {
    name: weightFileStem(ipAdapter.files.weights.name.replace(/^.*\//, '')),
    kind: projection.kind,
    tokens: projection.kind === 'full-face' ? visionTokens(lookImageEncoder.config) : projection.tokens,
  };
}

/** Every checkpoint that something comes from, each once. */
function lenders({ checkpoint, imageEncoder, vae, look }: LoadContext, lookLender: Checkpoint | null): Checkpoint[] {
  const adapter = look === null || look.adapter instanceof File ? null : look.adapter.checkpoint;
  return [...new Set([checkpoint, imageEncoder, vae, adapter, lookLender])].filter((lender) => lender !== null);
}

/** A load that is stopped while the question stands ends at once. */
async function requireConsent(cost: LoadCost, { consent, signal }: LoadContext): Promise<void> {
  const stopped = new Promise<false>((resolve) => {
    if (signal.aborted) resolve(false);
    signal.addEventListener(
      'abort',
      () => {
        resolve(false);
      },
      { once: true },
    );
  });
  if (!(await Promise.race([consent(cost), stopped]))) throw new PinwordError('cancelled', 'The model was not loaded.');
}

/** An estimate of an adapter's memory may be wrong, and is only asked about; a browser's limit closes the page. */
function refuseTooLarge({ predictedBytes }: MemoryPlan, browserLimit: number): void {
  if (predictedBytes <= browserLimit) return;
  throw new PinwordError(
    'too-large-for-browser',
    `This model needs about ${formatBytes(predictedBytes)}, but this browser closes a page that takes more than ${formatBytes(browserLimit)}. Use the picture book model here, or this model on a computer.`,
  );
}

function refuseSlow({ gpu }: Backend, { weights }: MemoryNeeds): void {
  if (gpu === null && weights.unet > maxWasmWeights) {
    throw new PinwordError(
      'provider-too-slow',
      'This model is far too large for the processor alone. Use a browser with WebGPU, or the miniature model.',
    );
  }
}

function noticesOf({ imageEncoder, projector }: FoundParts): Notice[] {
  if (imageEncoder !== null && projector !== null) return [];
  const lacks = imageEncoder === null ? 'image encoder' : 'projector';
  return [notice('no-pictures', lacks)];
}
