import type { GenerateRequest } from '../../api.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import type { MemoryNeeds } from '../model/memory-needs.ts';
import { captionSections, type PromptTexts } from '../prompt/unified-prompt.ts';
import { detailingPins, speakingPins } from '../encoding/pin-voices.ts';

/** Whether anything of a run is to be seen or made through the tiny autoencoder. */
export function asksForTiny({ autoencoder, previews }: Pick<GenerateRequest, 'autoencoder' | 'previews'>): boolean {
  return autoencoder === 'tiny' || previews === 'tiny';
}

/** What of a run its memory plan depends on, beside its size. */
export function plannedRun(
  model: LoadedModel,
  request: GenerateRequest,
  texts: PromptTexts,
): Pick<MemoryNeeds, 'reuses' | 'references' | 'findsWords' | 'decoder' | 'seesSteps' | 'tokens'> {
  const hasTiny = model.tinyDecoder !== null;
  const references = detailingPins(request).reduce((sum, { pictures }) => sum + pictures.length, 0);
  const look = lookTokens(model, request);
  return {
    reuses: request.reuseInterval > 1,
    references,
    findsWords: look > 0 || (references > 0 && request.boundToWord),
    decoder: hasTiny && request.autoencoder === 'tiny' ? 'tiny' : 'full',
    seesSteps: hasTiny && request.previews === 'tiny',
    tokens: { text: captionSections(texts).length * model.tokenizer.limit, look },
  };
}

/** Every pin that looks has a row of as many tokens as the pin with most pictures (modules/look-source.ts). */
function lookTokens({ summary: { look }, subjectEncoder, lookEncoder }: LoadedModel, request: GenerateRequest): number {
  const { looks } = speakingPins(request, { word: subjectEncoder !== null, look: lookEncoder !== null });
  return looks.length * Math.max(0, ...looks.map(({ pictures }) => pictures.length)) * (look?.tokens ?? 0);
}
