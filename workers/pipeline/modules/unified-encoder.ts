import type { Precision } from '../../contract/memory.ts';
import type { ClipTextConfig } from '../../graph/config/clip-config.ts';
import { buildUnifiedEncoder, unifiedEncoderTensors } from '../../graph/graphs/unified-encoder.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import { openSession, runSession, type Backend, type Session } from '../../runtime/sessions.ts';
import { floatTensor, intTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { kernelsOf } from './kernels.ts';
import { NonFiniteError } from './non-finite-error.ts';
import { hasNonFinite } from '../../images/pixels.ts';
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

  /**
   * @param prompt ids and positions of caption and negative prompt, and the vectors of embeddings that they name
   * @param pseudoWords [n, D] f32, empty where nothing is pinned
   * @throws NonFiniteError where the encoder overflowed; PinwordError 'out-of-memory' | 'device-lost'
   */
  async encode(prompt: UnifiedPrompt, pseudoWords: Float32Array): Promise<Conditions> {
    const pinned = pseudoWords.length > 0;
    const session = await this.#open(pinned);
    const { inputIds, insertedVectors, wordIndex, hiddenIndex } = prompt;
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
    const states = output(results, unifiedEncoderTensors.hiddenStates);
    const values = await takeFloats(states);
    if (hasNonFinite(values)) throw new NonFiniteError('unifiedEncoder');
    const order = pinned ? pinnedOrder : plainOrder;
    const text = new TextSource(this.#backend, floatTensor(this.#backend, values, states.dims), order);
    return { branches: new Set(order), sources: [text] };
  }

  /** Opens the session ahead of its first use. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async open(pinned: boolean): Promise<void> {
    await this.#open(pinned);
  }

  release(): Promise<void> {
    return this.#slot.release();
  }

  #open(pinned: boolean): Promise<Session> {
    return this.#slot.get(pinned ? 'pinned' : 'plain', () => {
      const { config, weights, file } = this.#textEncoder;
      const graph = buildUnifiedEncoder(config, weights, { kernels: kernelsOf(this.#backend), pinned });
      return openSession(this.#backend, graph.model, [file]);
    });
  }
}
