import type { Precision } from '../../contract/memory.ts';
import type { Pixels } from '../../api.ts';
import type { ClipVisionConfig } from '../../graph/config/clip-config.ts';
import { buildSafetyChecker, safetyCheckerTensors } from '../../graph/graphs/safety-checker.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import { openSession, runSession, type Backend } from '../../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { processImage, type ImageProcessorConfig } from '../../images/image-processor.ts';
import { kernelsOf } from './kernels.ts';
import { NonFiniteError } from './non-finite-error.ts';
import { hasNonFinite } from '../../images/pixels.ts';
import { isFlagged } from './safety-decision.ts';
import { partPrecision, type LoadedPart } from './loaded-part.ts';

/** Runs the checkpoint's own safety checker on finished pictures. */
export class SafetyChecker {
  readonly #backend: Backend;
  readonly #checker: LoadedPart<ClipVisionConfig>;
  readonly #preprocessor: ImageProcessorConfig;
  readonly #slot = new SessionSlot();

  constructor(backend: Backend, checker: LoadedPart<ClipVisionConfig>, preprocessor: ImageProcessorConfig) {
    this.#backend = backend;
    this.#checker = checker;
    this.#preprocessor = preprocessor;
  }

  get precision(): Precision {
    return partPrecision(this.#checker);
  }

  /**
   * @returns true where a concept is raised
   * @throws NonFiniteError where the vision tower overflowed; PinwordError 'out-of-memory' | 'device-lost'
   */
  async flags(picture: Pixels): Promise<boolean> {
    const { config, weights, file } = this.#checker;
    const session = await this.#slot.get('', () =>
      openSession(this.#backend, buildSafetyChecker(config, weights, { kernels: kernelsOf(this.#backend) }).model, [
        file,
      ]),
    );
    const edge = config.image_size;
    const pixelValues = floatTensor(this.#backend, processImage(picture, null, this.#preprocessor), [1, 3, edge, edge]);
    const results = await runSession(session, { [safetyCheckerTensors.pixelValues]: pixelValues });
    const concepts = await takeFloats(output(results, safetyCheckerTensors.concepts));
    const specialCare = await takeFloats(output(results, safetyCheckerTensors.specialCare));
    if (hasNonFinite(concepts) || hasNonFinite(specialCare)) throw new NonFiniteError('safetyChecker');
    return isFlagged({ concepts, specialCare });
  }

  release(): Promise<void> {
    return this.#slot.release();
  }
}
