/** What is added to a checkpoint: LoRA files, projectors, an IP-Adapter, a tiny autoencoder. They take effect when the model loads next. */
import { isWeightFile, loraWeight, type ErrorData } from '../../../../workers/api.ts';
import { chooseExchangeable, chooseModel, type ExchangeableChoice } from '../loading/choose-model.ts';
import { engineStore } from '../loading/engine-store.ts';
import { dropFile, keepFile } from '../choice/file-shelf.ts';

/** What these need of the engine client. */
interface Stoppable {
  terminate(error: ErrorData): void;
}

interface Idling extends Stoppable {
  isIdle(): boolean;
}

function choice() {
  return engineStore.getState().choice;
}

export async function addLoras(engine: Stoppable, files: readonly File[]): Promise<void> {
  const added = await Promise.all(
    files.map(async (file) => ({ ...(await keepFile(file, file.name)), weight: loraWeight.default })),
  );
  chooseModel(engine, { loras: [...choice().loras, ...added] });
}

export function weighLora(engine: Idling, id: string, weight: number): void {
  chooseExchangeable(engine, { loras: choice().loras.map((lora) => (lora.id === id ? { ...lora, weight } : lora)) });
}

export function removeLora(engine: Stoppable, id: string): void {
  chooseModel(engine, { loras: choice().loras.filter((lora) => lora.id !== id) });
  void dropFile(id);
}

/** Keeps a projector and takes it into use. @param config the config.json of our own format, where it was chosen along */
export async function installProjector(
  engine: Stoppable,
  weights: { readonly bytes: Blob; readonly name: string },
  config: File | null,
): Promise<void> {
  const kept = {
    ...(await keepFile(weights.bytes, weights.name)),
    config: config === null ? null : await keepFile(config, config.name),
  };
  chooseModel(engine, { projectors: [...choice().projectors, kept], projector: kept.id });
}

export function uninstallProjector(engine: Stoppable, id: string): void {
  const { projectors, projector } = choice();
  const removed = projectors.find((kept) => kept.id === id);
  chooseModel(engine, {
    projectors: projectors.filter((kept) => kept !== removed),
    projector: projector === id ? null : projector,
  });
  void dropFile(id);
  if (removed?.config != null) void dropFile(removed.config.id);
}

/** Takes another IP-Adapter, image encoder for it, or tiny autoencoder into use; null takes it away. */
export function chooseAdded(engine: Idling, change: ExchangeableChoice): void {
  dropReplaced(() => {
    chooseExchangeable(engine, change);
  });
}

export async function chooseLookFile(
  engine: Idling,
  part: 'ipAdapter' | 'lookImageEncoder',
  file: File,
): Promise<void> {
  const kept = await keepFile(file, file.name);
  chooseAdded(engine, { [part]: { kind: 'file', file: kept } });
}

/** What diffusers calls the file that has both halves; TAESD's own files have one each. */
const wholeTiny = 'diffusion_pytorch_model.';

/** @param files as they were chosen, perhaps all of a folder: of weights in several forms, one is taken */
export async function chooseTinyFiles(engine: Idling, files: readonly File[]): Promise<void> {
  const weights = files.filter(({ name }) => isWeightFile(name));
  const whole = weights.find(({ name }) => name.startsWith(wholeTiny));
  const halves = ['encoder', 'decoder'].flatMap((half) => weights.find(({ name }) => name.includes(half)) ?? []);
  const config = files.find(({ name }) => name === 'config.json');
  const taken =
    whole === undefined
      ? halves.length > 0
        ? halves
        : weights.slice(0, 1)
      : [whole, ...(config === undefined ? [] : [config])];
  // Where there are none, the engine says what to choose.
  const kept = await Promise.all(
    (taken.length > 0 ? taken : files.slice(0, 1)).map((file) => keepFile(file, file.name)),
  );
  chooseAdded(engine, { tinyAutoencoder: { kind: 'files', files: kept } });
}

/** Makes a change of what is added. The shelf holds no adapter's file that is not in use after it: these are large. */
export function dropReplaced(change: () => void): void {
  const kept = (): readonly string[] => {
    const { ipAdapter, lookImageEncoder, tinyAutoencoder } = choice();
    const tiny = tinyAutoencoder?.kind === 'files' ? tinyAutoencoder.files : [];
    const looks = [ipAdapter, lookImageEncoder].flatMap((part) => (part?.kind === 'file' ? [part.file] : []));
    return [...looks, ...tiny].map(({ id }) => id);
  };
  const before = kept();
  change();
  for (const id of before) if (!kept().includes(id)) void dropFile(id);
}
