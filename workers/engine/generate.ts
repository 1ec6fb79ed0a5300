import type { Tensor } from 'onnxruntime-web';

import type { GenerateEvent, GenerateRequest, GenerateSummary, GeneratedPicture, Pixels } from '../api.ts';
import { PinwordError } from '../errors.ts';
import { scheduleFor } from '../schedulers/schedule-for.ts';
import type { LatentSize } from './denoiser.ts';
import type { LoadedModel } from './loaded-model.ts';
import { TorchGenerator } from './noise.ts';
import type { RunControl } from './run-control.ts';
import { sampleLatents } from './sampling.ts';
import { Stopwatch } from './stopwatch.ts';
import { encodeSubjects } from './pinned-subjects.ts';
import type { Conditions } from './text-conditions.ts';
import { timestepSinusoid } from './timestep-embedding.ts';
import { captionTokens } from './caption-words.ts';
import { unifiedPrompt } from './unified-prompt.ts';
import { validateCaption, validateSettings } from './validate-request.ts';

const maxSize = 1024;

/**
 * Makes the pictures of a request, one after the other (UMM-Diffusion, 3.2 and 3.3).
 * @throws PinwordError for a request that cannot be carried out, 'cancelled', 'out-of-memory', 'device-lost'
 */
export async function generatePictures(
  model: LoadedModel,
  request: GenerateRequest,
  control: RunControl,
  emit: (event: GenerateEvent) => void,
): Promise<GenerateSummary> {
  validateSettings(request, { sizeMultiple: model.summary.sizeMultiple, maxSize });
  validateCaption(request, captionTokens(model.tokenizer, request.caption));
  const watch = new Stopwatch();
  const conditions = await encodeConditions(model, request, control, watch, emit);
  try {
    for (let picture = 0; picture < request.count; picture++) {
      const made = await makePicture(model, request, conditions, { picture, control, watch, emit });
      emit({ type: 'picture', picture: made });
    }
  } finally {
    conditions.hiddenStates.dispose();
  }
  return {
    pictures: request.count,
    timings: watch.timings(request.steps * request.count),
    provider: model.summary.provider,
    adapter: model.backend.gpu?.adapterName ?? 'CPU',
  };
}
