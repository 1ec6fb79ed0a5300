import type { Pin, Subject } from '../api.ts';
import { PinwordError } from '../errors.ts';
import type { LoadedModel } from './loaded-model.ts';
import type { SamplingControls } from './sampling.ts';
import type { PinnedRows } from './unified-prompt.ts';

export interface EncodedPins {
  readonly pins: readonly PinnedRows[];
  /** [rows, D] f32 */
  readonly pseudoWords: Float32Array;
}

/**
 * Encodes what is pinned. Several pictures on one word give the mean of their pseudo-words.
 * @throws PinwordError for a picture that cannot be read; 'model-not-loaded' where the model encodes no pictures
 */
export async function encodePins(model: LoadedModel, pins: readonly Pin[], control: SamplingControls): Promise<EncodedPins> {
  const { dimension } = model.textConditions;
  const pseudoWords = new Float32Array(pins.length * dimension);
  for (const [row, pin] of pins.entries()) {
    for (const subject of pin.subjects) {
      control.throwIfCancelled();
      const pseudoWord = await encodeSubject(model, subject);
      for (const [index, value] of pseudoWord.entries()) {
        const at = row * dimension + index;
        pseudoWords[at] = (pseudoWords[at] ?? 0) + value / pin.subjects.length;
      }
    }
  }
  return { pins: pins.map(({ word }, row) => ({ word, rows: [row] })), pseudoWords };
}

async function encodeSubject({ subjectEncoder, summary }: LoadedModel, subject: Subject): Promise<Float32Array> {
  if (subject.kind === 'embedding') throw new PinwordError('bad-embedding', `The embedding “${subject.id}” is not installed.`);
  if (subjectEncoder === null) {
    throw new PinwordError('model-not-loaded', `${summary.name} cannot take pictures: it has no image encoder or no projector.`);
  }
  return (await subjectEncoder.encode(subject.image, subject.region)).pseudoWord;
}
