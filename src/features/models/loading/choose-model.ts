/** Choosing: another model, other parts of it, one that somebody else asked for. */
import type { ErrorData, ModelSource } from '../../../../workers/api.ts';
import type { ModelChoice } from '../choice/model-choice.ts';
import { engineStore, type EngineState } from './engine-store.ts';

const { getState, setState } = engineStore;

/**
 * Chooses another model or provider. The worker ends, because that alone gives all GPU memory back for certain;
 * whatever it was doing ends as cancelled.
 */
export function chooseModel(engine: { terminate(error: ErrorData): void }, change: Partial<ModelChoice>): void {
  takeChoice(change);
  engine.terminate({ code: 'cancelled', message: 'Stopped, because another model was chosen.' });
}

/** What a model can exchange while all else of it stays. */
export type ExchangeableChoice = Partial<
  Pick<ModelChoice, 'ipAdapter' | 'lookImageEncoder' | 'tinyAutoencoder' | 'loras'>
>;

/**
 * Chooses another IP-Adapter, image encoder for it, or tiny autoencoder, or other weights of LoRA files. A worker that has
 * nothing to do keeps its model: only what changes is loaded, and where what is added is refused, the model is still there
 * without it.
 */
export function chooseExchangeable(
  engine: { terminate(error: ErrorData): void; isIdle(): boolean },
  change: ExchangeableChoice,
): void {
  if (engine.isIdle()) takeChoice(change);
  else chooseModel(engine, change);
}

function takeChoice(change: Partial<ModelChoice>): void {
  setState(({ choice, settled, inMemory }) => ({
    choice: { ...choice, ...change },
    settled: change.source === undefined ? settled : null,
    model: { kind: 'none' },
    loraWeights: null,
    inMemory: inMemory && change.source === undefined,
  }));
}

/** Chooses a model that somebody else asked for: what it costs is asked, however little, and a no brings the old one back. */
export function tryModel(engine: { terminate(error: ErrorData): void }, source: ModelSource): void {
  const { choice, settled } = getState();
  chooseModel(engine, { source });
  setState({ settled: settled ?? choice });
}

/** What the next visit begins with. */
export function choiceToKeep({ choice, settled }: Pick<EngineState, 'choice' | 'settled'>): ModelChoice {
  return settled ?? choice;
}

/** The next loads of the chosen source store nothing more; the setting that keeps downloads stays as it is. */
export function loadIntoMemory(): void {
  setState({ inMemory: true });
}
