import type { GenerateRequest } from '../../api.ts';
import { withFallbacks } from '../model/fallbacks.ts';
import { releaseEncoders, releaseNetwork, type LoadedModel } from '../model/loaded-model.ts';
import type { PictureRun } from './picture-run.ts';
import { encodePins } from './encode-pins.ts';
import { type PromptTexts, unifiedPrompt } from '../prompt/unified-prompt.ts';
import type { Conditions } from '../modules/conditions.ts';

/** Pictures and caption → hidden states of the branches. Where memory is short, encoders and network take turns. */
export async function encodeConditions(
  model: LoadedModel,
  request: GenerateRequest,
  texts: PromptTexts,
  run: PictureRun,
): Promise<Conditions> {
  const { picture, watch, emit, control, say } = run;
  const rescue = { stage: 'encode', say, signal: control.signal } as const;
  if (!model.plan.keepEncoders) await releaseNetwork(model);
  if (request.pins.length > 0) emit({ type: 'phase', phase: 'encode-subjects', picture });
  const subjects = await watch.time('encodeSubjects', () =>
    withFallbacks(model, rescue, () => encodePins(model, request.pins, control)),
  );
  await control.throwIfCancelled();
  emit({ type: 'phase', phase: 'encode-text', picture });
  const prompt = unifiedPrompt(model.tokenizer, {
    ...texts,
    pins: subjects.pins,
    subjectPositions: request.subjectPositions,
  });
  const conditions = await watch.time('encodeText', () =>
    withFallbacks(model, rescue, () => model.unifiedEncoder.encode(prompt, subjects.pseudoWords, request.clipSkip)),
  );
  if (!model.plan.keepEncoders) await releaseEncoders(model);
  return conditions;
}
