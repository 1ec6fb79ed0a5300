import type { GenerateRequest } from '../../api.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { loadNamedEmbeddings } from '../prompt/installed-embeddings.ts';
import { parseText } from '../prompt/parsed-text.ts';
import { tokenizeText } from '../prompt/tokenized-text.ts';
import { TriggerWords } from '../prompt/trigger-words.ts';
import type { PromptTexts } from '../prompt/unified-prompt.ts';

interface TextModel extends Pick<LoadedModel, 'tokenizer'> {
  readonly unifiedEncoder: Pick<LoadedModel['unifiedEncoder'], 'dimension'>;
}

/**
 * Caption and negative prompt of a run, parsed and tokenized once, with the embeddings that they name.
 * @throws PinwordError where the file of an embedding cannot be used
 */
export async function readTexts(
  { tokenizer, unifiedEncoder }: TextModel,
  request: Pick<GenerateRequest, 'caption' | 'negativePrompt' | 'embeddings' | 'longCaptions'>,
): Promise<PromptTexts> {
  const triggers = new TriggerWords(request.embeddings);
  const parsed = [request.caption, request.negativePrompt].map((text) => parseText(text, triggers));
  const loaded = await loadNamedEmbeddings(parsed, unifiedEncoder.dimension);
  const [caption, negativePrompt] = loaded.map((text) =>
    tokenizeText(tokenizer, text, request.longCaptions ? 'many' : 'one'),
  );
  if (caption === undefined || negativePrompt === undefined) throw new RangeError('A text of the run is missing.');
  return { caption, negativePrompt };
}
