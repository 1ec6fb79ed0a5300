/** Pictures of other tools: what is written in their PNG files fills the page in. */
import type { EngineApi, PngText } from '../../../../workers/api.ts';
import { toast } from '../../../ui/toast.ts';
import { longestForeignText } from '../../settings/url-parameters.ts';
import { composeStore } from '../../compose/draft/compose-store.ts';
import { fillIn, undoButton } from '../draft.ts';
import { readA1111 } from './a1111.ts';
import type { ForeignPicture } from './foreign-settings.ts';
import { readComfy, readFooocus, readInvoke } from './json-tools.ts';

type Reader = (text: string) => ForeignPicture | null;

/** By the keyword of their chunk, in the order in which they are asked. */
const readers: readonly (readonly [keyword: string, read: Reader])[] = [
  ['invokeai_metadata', readInvoke],
  ['parameters', readFooocus],
  ['parameters', readA1111],
  ['prompt', readComfy],
];

/** Workflows can be long; nothing that a person typed is. */
const longestChunk = 2_000_000;

/** @returns null where no other tool that is known has written these */
export function readForeign(chunks: readonly PngText[]): ForeignPicture | null {
  for (const [wanted, read] of readers) {
    const chunk = chunks.find(({ keyword, text }) => keyword === wanted && text.length <= longestChunk);
    const found = chunk === undefined ? null : read(chunk.text);
    if (found !== null && (found.caption !== null || Object.keys(found.settings).length > 1)) return found;
  }
  return null;
}

/** Fills the page in from a picture of another tool, and says what was left out. @returns false where it is none */
export async function takeForeign(engine: Pick<EngineApi, 'readPngText'>, file: Blob): Promise<boolean> {
  const chunks = await engine.readPngText(file);
  const picture = chunks.ok ? readForeign(chunks.value) : null;
  if (picture === null) return false;
  const caption = picture.caption?.slice(0, longestForeignText) ?? composeStore.getState().caption;
  const negativePrompt = picture.settings.negativePrompt?.slice(0, longestForeignText) ?? '';
  const putBack = fillIn({ caption, pins: [] }, { ...picture.settings, negativePrompt });
  const { tool, leftOut } = picture;
  if (leftOut.length === 0)
    toast(`Caption and settings of the picture from ${tool} are filled in.`, undoButton(putBack));
  else toast.warning(`Filled in from a picture of ${tool}. Left out: ${leftOut.join(', ')}.`, undoButton(putBack));
  return true;
}
