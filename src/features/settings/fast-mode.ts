/** "Fast": a LoRA for few steps, and the scheduler, steps and guidance that go with it, on and off as one. */
import { loraWeight, type EngineApi, type ErrorData, type LoadProgress, type Result } from '../../../workers/api.ts';
import { addLoras } from '../models/addons/addons.ts';
import { chooseModel } from '../models/loading/choose-model.ts';
import { engineStore, type EngineState } from '../models/loading/engine-store.ts';
import { fewStepLoras, type FewStepLora } from '../models/known/few-step-loras.ts';
import { withProgress } from '../models/loading/with-progress.ts';
import { defaultSettings, setSettings, settingsStore, type Settings } from './settings.ts';

type Engine = Pick<EngineApi, 'fetchFile'> & { terminate(error: ErrorData): void };
type Loras = EngineState['choice']['loras'];

/** What Fast sets, and what it leaves alone is not put back. */
const touched = ['scheduler', 'steps', 'guidanceScale', 'eta', 'reuseInterval'] as const;
type Touched = Pick<Settings, (typeof touched)[number]>;

const touchedOf = (settings: Settings): Touched =>
  Object.fromEntries(touched.map((key) => [key, settings[key]])) as unknown as Touched;

/** What stood before Fast was switched on in this visit. */
let before: Touched | null = null;

/** The few-step LoRA that a run would use now; null where Fast is off. */
export function fastLora(loras: Loras, { scheduler }: Pick<Settings, 'scheduler'>): FewStepLora | null {
  const isInUse = ({ fileName, settings }: FewStepLora): boolean =>
    settings.scheduler === scheduler && loras.some(({ name, weight }) => name === fileName && weight !== 0);
  return fewStepLoras.find(isInUse) ?? null;
}

/** The one that was fetched already; it is in the list of LoRA files, perhaps with no weight. */
export function fetchedLora(loras: Loras): FewStepLora | null {
  return fewStepLoras.find(({ fileName }) => loras.some(({ name }) => name === fileName)) ?? null;
}

/** Whether the LoRA files are made for this model: they are for Stable Diffusion 1.x. */
export function canBeFast({ choice, model }: Pick<EngineState, 'choice' | 'model'>): boolean {
  if (choice.source.kind === 'embedded') return false;
  return model.kind === 'ready' && model.summary.embeddingDimension === stableDiffusion1Width;
}
const stableDiffusion1Width = 768;

/** Fetches the LoRA where it is not here. @returns what takes it all back, where it could be had */
export async function switchFastOn(
  engine: Engine,
  lora: FewStepLora,
  onProgress: (progress: LoadProgress) => void,
): Promise<Result<() => void>> {
  const wasOn = fastLora(engineStore.getState().choice.loras, settingsStore.getState()) !== null;
  const isHere = engineStore.getState().choice.loras.some(({ name }) => name === lora.fileName);
  if (!isHere) {
    const bytes = await withProgress((listen) => engine.fetchFile(lora.file, listen), onProgress);
    if (!bytes.ok) return bytes;
    await addLoras(engine, [new File([bytes.value], lora.fileName)]);
  }
  weigh(engine, (fileName) => (fileName === lora.fileName ? loraWeight.default : 0));
  if (!wasOn) before = touchedOf(settingsStore.getState());
  setSettings({ ...lora.settings, reuseInterval: defaultSettings.reuseInterval });
  return {
    ok: true,
    value: () => {
      switchFastOff(engine);
    },
  };
}

/** The LoRA stays here without weight, so that the next time nothing is fetched. */
export function switchFastOff(engine: Pick<Engine, 'terminate'>): void {
  weigh(engine, () => 0);
  setSettings(before ?? touchedOf(defaultSettings));
  before = null;
}

/** Gives the few-step files among the LoRA files a weight; the others keep theirs. */
function weigh(engine: Pick<Engine, 'terminate'>, weightOf: (fileName: string) => number): void {
  const { loras } = engineStore.getState().choice;
  const isFewStep = (name: string): boolean => fewStepLoras.some(({ fileName }) => fileName === name);
  const weighed = loras.map((lora) => (isFewStep(lora.name) ? { ...lora, weight: weightOf(lora.name) } : lora));
  if (weighed.some((lora, index) => lora.weight !== loras[index]?.weight)) chooseModel(engine, { loras: weighed });
}
