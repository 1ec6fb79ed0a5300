import type { Precision } from '../../contract/memory.ts';
import type { ClipTextConfig } from '../../graph/config/clip-config.ts';
import { buildUnifiedEncoder, unifiedEncoderTensors } from '../../graph/graphs/unified-encoder.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import { openSession, runSession, type Backend, type Session } from '../../runtime/sessions.ts';
import { floatTensor, intTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { kernelsOf } from './kernels.ts';
import { NonFiniteError } from './non-finite-error.ts';
import { hasNonFinite } from '../../images/pixels.ts';
import { joinSections, weigh } from './prompt-emphasis.ts';
import { tokenEmbeddings } from './token-embeddings.ts';
import type { UnifiedPrompt } from '../prompt/unified-prompt.ts';
import { partPrecision, type LoadedPart } from './loaded-part.ts';
import type { Branch, Conditions } from './conditions.ts';
import { TextSource } from './text-source.ts';

/** The branch of each row of the hidden states. */
const pinnedOrder: readonly Branch[] = ['unified', 'text', 'unconditional'];
const plainOrder: readonly Branch[] = ['text', 'unconditional'];

/** Runs the Text-and-Image Unified Encoder (UMM-Diffusion, 3.2). */
export class UnifiedEncoder {
  readonly #backend: Backend;
  readonly #textEncoder: LoadedPart<ClipTextConfig>;
  readonly #slot = new SessionSlot();

  constructor(backend: Backend, textEncoder: LoadedPart<ClipTextConfig>) {
    this.#backend = backend;
    this.#textEncoder = textEncoder;
  }

  get precision(): Precision {
    return partPrecision(this.#textEncoder);
  }

  /** D of token embeddings and pseudo-words. */
  get dimension(): number {
    return this.#textEncoder.config.hidden_size;
  }

  /** How many layers the text encoder has: the most that CLIP skip can count. */
  get layers(): number {
    return this.#textEncoder.config.num_hidden_layers;
  }

  /**
   * @param prompt ids and positions of caption and negative prompt, and the vectors of embeddings that they name, by section
   * @param pseudoWords [n, D] f32, empty where nothing is pinned
   * @returns hidden states [rows, 77 · sections, D]
   * @throws NonFiniteError where the encoder overflowed; PinwordError 'weight-too-large' | 'out-of-memory' | 'device-lost'
   */
  async encode(prompt: readonly UnifiedPrompt[], pseudoWords: Float32Array, clipSkip = 1): Promise<Conditions> {
    const order = pseudoWords.length > 0 ? pinnedOrder : plainOrder;
    const session = await this.#open(pseudoWords.length > 0, clipSkip);
    const sections: Float32Array[] = [];
    for (const section of prompt) sections.push(await this.#encodeSection(session, section, pseudoWords));
    const { values, dims } = joinSections(sections, order.length, this.dimension);
    const text = new TextSource(this.#backend, floatTensor(this.#backend, values, dims), order);
    return { branches: new Set(order), sources: [text], wordMaps: null, references: [] };
  }

  /** @returns [rows, 77, D] */
  async #encodeSection(session: Session, section: UnifiedPrompt, pseudoWords: Float32Array): Promise<Float32Array> {
    const { inputIds, insertedVectors, wordIndex, hiddenIndex, weights } = section;
    const pinned = pseudoWords.length > 0;
    const length = wordIndex.length;
    const embeddings = await tokenEmbeddings(this.#textEncoder, inputIds);
    for (const { position, values } of insertedVectors) embeddings.set(values, position * this.dimension);
    const results = await runSession(session, {
      [unifiedEncoderTensors.tokenEmbeddings]: floatTensor(this.#backend, embeddings, [2, length, this.dimension]),
      ...(pinned
        ? {
            [unifiedEncoderTensors.pseudoWords]: floatTensor(this.#backend, pseudoWords, [
              pseudoWords.length / this.dimension,
              this.dimension,
            ]),
            [unifiedEncoderTensors.wordIndex]: intTensor(this.#backend, wordIndex, [length]),
            [unifiedEncoderTensors.hiddenIndex]: intTensor(this.#backend, hiddenIndex, [length]),
          }
        : {}),
    });
    const values = await takeFloats(output(results, unifiedEncoderTensors.hiddenStates));
    if (hasNonFinite(values)) throw new NonFiniteError('unifiedEncoder');
    for (const [row, branch] of (pinned ? pinnedOrder : plainOrder).entries()) {
      const size = length * this.dimension;
      weigh(values.subarray(row * size, (row + 1) * size), weights[branch]);
    }
    return values;
  }

  /** Opens the session ahead of its first use. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async open(pinned: boolean): Promise<void> {
    await this.#open(pinned, 1);
  }

  release(): Promise<void> {
    return this.#slot.release();
  }

  #open(pinned: boolean, clipSkip: number): Promise<Session> {
    return this.#slot.get(`${pinned ? 'pinned' : 'plain'}-${clipSkip}`, () => {
      const { config, weights, file } = this.#textEncoder;
      const graph = buildUnifiedEncoder(config, weights, {
        kernels: kernelsOf(this.#backend),
        pinned,
        clipSkip,
      });
      return openSession(this.#backend, graph.model, [file]);
    });
  }
}
