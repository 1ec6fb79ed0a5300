import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { readTextualInversion } from '../../checkpoint/kinds/textual-inversion.ts';
import type { Pin, Subject } from '../../api.ts';
import { PinwordError } from '../../errors.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import type { SamplingControls } from '../denoising/sampler.ts';
import type { PinnedRows } from '../prompt/unified-prompt.ts';

interface EncodedPins {
  readonly pins: readonly PinnedRows[];
  /** [rows, D] f32 */
  readonly pseudoWords: Float32Array;
}

interface SubjectModel extends Pick<LoadedModel, 'subjectEncoder' | 'lookEncoder'> {
  readonly summary: Pick<LoadedModel['summary'], 'name'>;
  readonly unifiedEncoder: Pick<LoadedModel['unifiedEncoder'], 'dimension'>;
}

/**
 * Encodes what is pinned.
 * @throws PinwordError for a picture or embedding that cannot be read; 'no-image-encoder' where the model encodes no
 *   pictures
 */
export async function encodePins(
  model: SubjectModel,
  pins: readonly Pin[],
  control: Pick<SamplingControls, 'throwIfCancelled'>,
): Promise<EncodedPins> {
  const { dimension } = model.unifiedEncoder;
  const vectors: number[] = [];
  const placed: PinnedRows[] = [];
  for (const { word, subjects } of pins) {
    await control.throwIfCancelled();
    const first = vectors.length / dimension;
    for (const value of await encodeSubjects(model, subjects)) vectors.push(value);
    const count = vectors.length / dimension - first;
    placed.push({ word, rows: Array.from({ length: count }, (_, index) => first + index) });
  }
  return { pins: placed, pseudoWords: Float32Array.from(vectors) };
}

/**
 * The pseudo-words of one word's subjects: their mean, or the vectors of an embedding that stands alone.
 * @returns [k, D] f32
 */
export async function encodeSubjects(model: SubjectModel, subjects: readonly Subject[]): Promise<Float32Array> {
  const { dimension } = model.unifiedEncoder;
  const encoded: Float32Array[] = [];
  for (const subject of subjects) encoded.push(await encodeSubject(model, subject));
  const [first] = encoded;
  if (first !== undefined && encoded.length === 1) return first;
  if (encoded.some(({ length }) => length !== dimension)) {
    throw new PinwordError(
      'bad-embedding',
      'An embedding of several vectors cannot be averaged with other subjects. Pin it alone.',
    );
  }
  const mean = new Float32Array(dimension);
  for (const pseudoWord of encoded) {
    for (const [index, value] of pseudoWord.entries()) mean[index] = (mean[index] ?? 0) + value / encoded.length;
  }
  return mean;
}

async function encodeSubject(
  { subjectEncoder, lookEncoder, summary, unifiedEncoder }: SubjectModel,
  subject: Subject,
): Promise<Float32Array> {
  if (subject.kind === 'embedding') {
    return (await readTextualInversion(blobSource(subject.file.name, subject.file), unifiedEncoder.dimension)).vectors;
  }
  if (subjectEncoder === null) {
    throw new PinwordError(
      'no-image-encoder',
      lookEncoder === null
        ? `${summary.name} cannot take pictures: it has no image encoder or no projector. Choose a projector for it.`
        : `${summary.name} cannot make words of pictures: it has no image encoder or no projector. Let the picture speak by its look, or choose a projector.`,
    );
  }
  return subjectEncoder.encode(subject);
}
