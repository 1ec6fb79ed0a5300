import type { GenerateEvent, GenerateRequest, GenerateSummary, Notice } from '../../api.ts';
import { notice } from '../../contract/notices.ts';
import { planForSize } from '../model/apply-plan.ts';
import { captionTokens } from '../prompt/tokenized-text.ts';
import { encodeStart } from '../encoding/encode-start.ts';
import { encodeConditions } from '../encoding/encode-conditions.ts';
import { fewStepNotices } from './guidance-of-request.ts';
import { asksForTiny, plannedRun } from './planned-run.ts';
import { readTexts } from '../encoding/read-texts.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { firstStepFor } from './first-step.ts';
import { makePicture } from './make-picture.ts';
import { withMemoryAdvice } from './memory-advice.ts';
import type { SamplingControls } from '../denoising/sampler.ts';
import { Stopwatch } from '../encoding/stopwatch.ts';
import { validateCaption, validateClipSkip, validateSettings } from './validate-request.ts';

/**
 * Makes the pictures of a request, one after the other (UMM-Diffusion, 3.2 and 3.3).
 * @throws PinwordError for a request that cannot be carried out, 'cancelled', 'out-of-memory', 'device-lost'
 */
export async function generatePictures(
  model: LoadedModel,
  request: GenerateRequest,
  control: SamplingControls,
  emit: (event: GenerateEvent) => void,
): Promise<GenerateSummary> {
  try {
    return await generate(model, request, control, emit);
  } catch (error) {
    throw withMemoryAdvice(error, request);
  }
}

async function generate(
  model: LoadedModel,
  request: GenerateRequest,
  control: SamplingControls,
  emit: (event: GenerateEvent) => void,
): Promise<GenerateSummary> {
  validateSettings(request, model.summary.sizeMultiple);
  validateClipSkip(request, model.unifiedEncoder.layers);
  const texts = await readTexts(model, request);
  validateCaption(request, captionTokens(texts.caption, model.tokenizer.limit));
  const watch = new Stopwatch();
  const say = (told: Notice): void => {
    emit({ type: 'notice', notice: told });
  };
  const readsGuidance = model.unetConfig.time_cond_proj_dim !== null;
  const network = { readsGuidance, isForFewSteps: model.isForFewSteps };
  for (const about of fewStepNotices(request, network)) say(about);
  const size = { height: request.height / model.vaeDecoder.scale, width: request.width / model.vaeDecoder.scale };
  await planForSize(model, { ...size, ...plannedRun(model, request, texts) }, say);
  if (model.tinyDecoder === null && asksForTiny(request)) say(notice('no-tiny-autoencoder'));
  const first = { picture: 0, control, watch, emit, say };
  const start = await encodeStart(model, request, size, first);
  const conditions = await encodeConditions(model, request, texts, size, first);
  for (let picture = 0; picture < request.count; picture++) {
    emit({
      type: 'picture',
      picture: await makePicture(model, request, { size, conditions, start }, { picture, control, watch, emit, say }),
    });
  }
  return {
    pictures: request.count,
    timings: watch.timings((request.steps - firstStepFor(request)) * request.count),
    provider: model.summary.provider,
    adapter: model.backend.gpu?.adapterName ?? 'CPU',
  };
}
