import type { GenerateRequest } from '../../api.ts';
import { withFallbacks } from '../model/fallbacks.ts';
import { releaseEncoders, releaseNetwork, type LoadedModel } from '../model/loaded-model.ts';
import type { PictureRun } from './picture-run.ts';
import { encodeDetails, withDetails } from './encode-details.ts';
import { encodeLooks, withLooks } from './encode-looks.ts';
import { encodePins } from './encode-pins.ts';
import { findWords } from './find-words.ts';
import { detailingPins, speakingPins } from './pin-voices.ts';
import type { LatentSize } from '../modules/latent-size.ts';
import { type PromptTexts, unifiedPrompt } from '../prompt/unified-prompt.ts';
import type { Conditions } from '../modules/conditions.ts';

/** Pictures and caption → hidden states of the branches. Where memory is short, encoders and network take turns. */
export async function encodeConditions(
  model: LoadedModel,
  request: GenerateRequest,
  texts: PromptTexts,
  size: LatentSize,
  run: PictureRun,
): Promise<Conditions> {
  const { picture, watch, emit, control, say } = run;
  const rescue = { stage: 'encode', say, signal: control.signal } as const;
  if (!model.plan.keepEncoders) await releaseNetwork(model);
  if (request.pins.length > 0) emit({ type: 'phase', phase: 'encode-subjects', picture });
  const details = detailingPins(request);
  const { words, looks } = speakingPins(request, {
    word: model.subjectEncoder !== null,
    look: model.lookEncoder !== null,
  });
  const subjects = await watch.time('encodeSubjects', () =>
    withFallbacks(model, rescue, () => encodePins(model, words, control)),
  );
  const looking = await watch.time('encodeSubjects', () =>
    withFallbacks(model, rescue, () => encodeLooks(model, looks, control)),
  );
  const references = await watch.time('encodeSubjects', () =>
    encodeDetails(model, request, { pins: details, texts, size }, run),
  );
  await control.throwIfCancelled();
  emit({ type: 'phase', phase: 'encode-text', picture });
  const laidOut = { ...texts, pins: subjects.pins, subjectPositions: request.subjectPositions };
  const prompt = unifiedPrompt(model.tokenizer, laidOut);
  const text = await watch.time('encodeText', () =>
    withFallbacks(model, rescue, () => model.unifiedEncoder.encode(prompt, subjects.pseudoWords, request.clipSkip)),
  );
  if (!model.plan.keepEncoders) await releaseEncoders(model);
  const pinned = findWords(model, request, { looks: looking?.pins ?? [], details }, { laidOut, prompt }, size);
  const looked =
    looking === null || pinned === null
      ? text
      : withLooks(text, looking, { backend: model.backend, unetConfig: model.unetConfig, size, words: pinned });
  return withDetails(looked, references, request.boundToWord ? pinned : null);
}
