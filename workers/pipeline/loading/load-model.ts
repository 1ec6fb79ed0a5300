import { allInOrder } from '../../all-in-order.ts';
import { precisions, type Consent, type LoadModelRequest, type LoadProgress } from '../../api.ts';
import { isFewStepName } from '../../contract/few-step-names.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { applyPlan } from '../model/apply-plan.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { memoryLimits } from '../model/memory-limits.ts';
import { describeLevels, planMemory, type MemoryPlan } from '../model/memory-plan.ts';
import type { MemoryNeeds } from '../model/memory-needs.ts';
import { exchangeParts, keptModules, makeModules, releaseModules, type LoadedParts } from '../model/modules.ts';
import { partIds } from '../model/parts.ts';
import { kernelsOf } from '../modules/kernels.ts';
import { LookMemory, type LookStore } from '../modules/look-memory.ts';
import type { DecodeImage } from '../modules/subject-picture.ts';
import { refuseUnbindable } from './binding-limit.ts';
import { describeModel } from './describe-model.ts';
import { findJudge } from './find-judge.ts';
import { findModel, findOtherAdded, findOtherLoras, type FoundModel, type ModelPlaces } from './find-model.ts';
import { partsToLoad } from './found-part.ts';
import { PartLoader } from './load-parts.ts';
import { refuseSlow, refuseTooLarge, requireConsent } from './load-refusals.ts';
import { lookIdentity, subjectIdentity } from './look-identity.ts';
import { memoryNeeds } from './measure-needs.ts';
import { moduleLoaders } from './module-loaders.ts';
import type { WeightLoader } from './weight-loader.ts';

export interface LoadContext extends ModelPlaces {
  readonly backend: Backend;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LoadProgress) => void;
  readonly consent: Consent;
  readonly weightLoader: WeightLoader;
  readonly decodeImage: DecodeImage;
  /** Where what is known of pictures' looks and pseudo-words is kept; null keeps it for this worker's life only. */
  readonly lookStore: LookStore | null;
  /** Frees the model that this one replaces, once nothing stands in the way any more. */
  readonly releaseBefore?: () => Promise<void>;
}

/** A model, and what it was made of: what another load can take over. */
export interface Load {
  readonly model: LoadedModel;
  readonly request: LoadModelRequest;
  readonly context: LoadContext;
  readonly files: FoundModel;
  readonly parts: LoadedParts;
}

/**
 * Loads a checkpoint: configs and headers first, then a memory plan, then only the tensors that the graphs use.
 * @throws PinwordError with what is wrong with the checkpoint, by file or tensor name; 'provider-too-slow'; 'too-large-for-browser'; 'tensor-too-large';
 *   'cancelled', also where the consent is not given
 */
export async function loadModel(request: LoadModelRequest, context: LoadContext): Promise<Load> {
  const { checkpoint, onProgress } = context;
  onProgress({ phase: 'find', file: checkpoint.name, bytes: 0, totalBytes: 0 });
  return bring(request, context, await findModel(request, context), null);
}

/** What of the context is another one where only what is added changes. */
type AddedContext = Pick<LoadContext, 'signal' | 'onProgress' | 'consent'> &
  Partial<Pick<LoadContext, 'look' | 'tiny'>>;

/** What of the context is another one where only LoRA files change. */
type LoraContext = Required<Pick<LoadContext, 'signal' | 'onProgress' | 'consent' | 'releaseBefore'>>;

/**
 * The model of an earlier load with another IP-Adapter or tiny autoencoder, or none, or with its VAE's encoder: all its
 * other weights and their sessions stay. Until this ends well, the model before is as it was. Errors: see loadModel.
 * @param change has a look, or a tiny autoencoder, where that is another one
 */
export async function loadOtherAdded(before: Load, asked: LoadModelRequest, change: AddedContext): Promise<Load> {
  const context = { ...before.context, ...change };
  // Once there it stays.
  const request = before.request.withVaeEncoder === true ? { ...asked, withVaeEncoder: true } : asked;
  context.onProgress({ phase: 'find', file: context.checkpoint.name, bytes: 0, totalBytes: 0 });
  return bring(request, context, await findOtherAdded(before.files, context, change), before);
}

/**
 * The model of an earlier load with other LoRA files, or other weights of them: only what these change is brought again. Up
 * to the first byte of it the model before is as it was; from then on it is gone. Errors: see loadModel.
 */
export async function loadOtherLoras(before: Load, asked: LoadModelRequest, change: LoraContext): Promise<Load> {
  const context = { ...before.context, ...change };
  // Once there it stays.
  const request = before.request.withVaeEncoder === true ? { ...asked, withVaeEncoder: true } : asked;
  context.onProgress({ phase: 'find', file: context.checkpoint.name, bytes: 0, totalBytes: 0 });
  return bring(request, context, await findOtherLoras(before.files, request), before);
}

async function bring(
  request: LoadModelRequest,
  context: LoadContext,
  files: FoundModel,
  before: Load | null,
): Promise<Load> {
  const { backend, weightLoader, signal, onProgress, decodeImage } = context;
  const { found, transforms } = files;
  const overrides = before?.model.memory.overrides ?? request.plan;
  const { needs, limits, plan } = planLoad(request, context, files, overrides);
  const { dtype } = precisions[plan.precision];
  const wanted = partsToLoad(found, request.withVaeEncoder === true);
  refuseUnbindable(wanted, dtype, backend.gpu);
  const known = new Set<unknown>(partIds.map((id) => (before?.parts[id] == null ? null : before.files.found[id])));
  const missing = wanted.filter((part) => !known.has(part));
  const { load } = weightLoader;
  const loading = { load, dtype, transforms, signal, onProgress };
  const loader = new PartLoader(missing, loading);
  const onDemand = new PartLoader(found.vaeEncoder === null ? [] : [found.vaeEncoder], loading);
  const cost = {
    plan: describeLevels(plan, needs),
    predictedBytes: plan.predictedBytes,
    budgetBytes: backend.gpu === null ? null : limits.budget,
  };
  await requireConsent({ ...cost, downloadBytes: await weightLoader.missingBytes(loader.requests) }, context);
  if (before?.files.transforms !== transforms) {
    await context.releaseBefore?.();
    await weightLoader.begin();
  }
  await weightLoader.ensureRoom(loader.requests);
  const [loaded, look, subject] = await allInOrder([loader.load(found), lookIdentity(found), subjectIdentity(found)]);
  const parts = joined(files, loaded, before);
  const ofStorage = await weightLoader.notice(loader.requests);
  const encoderDownload = await weightLoader.missingBytes(onDemand.requests);
  const lookMemory = new LookMemory(look, context.lookStore);
  const subjectMemory = new LookMemory(subject, context.lookStore);
  const { preview, preprocessors } = files;
  const settings = { backend, preview, preprocessors, decodeImage, lookMemory, subjectMemory };
  const kept = before === null ? {} : keptModules(before.model, before.parts, parts);
  const model: LoadedModel = {
    summary: describeModel({ backend, places: context, model: files, parts, needs, plan, ofStorage, encoderDownload }),
    backend,
    unetConfig: parts.unet.config,
    schedulerConfig: files.schedulerConfig,
    tokenizer: files.tokenizer,
    decodeImage,
    isForFewSteps:
      parts.unet.config.time_cond_proj_dim !== null ||
      [context.checkpoint.name, ...request.loras.map(({ file }) => file.name)].some(isFewStepName),
    memory: { needs, limits, overrides },
    plan,
    ...makeModules(parts, settings),
    ...kept,
    loaders: moduleLoaders(found, load, transforms, settings),
    judge: findJudge(found, { parts, preprocessors: files.preprocessors, load, transforms, dtype }),
  };
  if (before !== null) {
    await exchangeParts(kept, parts);
    await releaseModules(before.model, (id) => !(id in kept));
  }
  await applyPlan(model, plan);
  return { model, request, context, files, parts };
}

/** @throws PinwordError 'provider-too-slow' | 'too-large-for-browser' */
function planLoad(
  request: LoadModelRequest,
  { backend }: LoadContext,
  { found }: FoundModel,
  overrides: LoadModelRequest['plan'],
): { readonly needs: MemoryNeeds; readonly limits: LoadedModel['memory']['limits']; readonly plan: MemoryPlan } {
  const needs = memoryNeeds(found, kernelsOf(backend), partsToLoad(found, request.withVaeEncoder === true));
  refuseSlow(backend, needs);
  const browserLimit = request.memoryLimit ?? Infinity;
  const limits = memoryLimits(backend, browserLimit);
  const plan = planMemory(needs, limits, overrides);
  refuseTooLarge(plan, browserLimit);
  return { needs, limits, plan };
}

/** What was loaded now, and what was there already. */
function joined({ found }: FoundModel, loaded: LoadedParts, before: Load | null): LoadedParts {
  const entries = partIds.map((id) => [id, found[id] === null ? null : (loaded[id] ?? before?.parts[id] ?? null)]);
  return Object.fromEntries(entries) as LoadedParts;
}
