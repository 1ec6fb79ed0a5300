/** What is added to a checkpoint: LoRA files and projectors. They take effect when the model loads next. */
import { loraWeight, type ErrorData } from '../../../workers/api.ts';
import { chooseModel, engineStore } from './engine-store.ts';
import { dropFile, keepFile } from './file-shelf.ts';

/** What these need of the engine client. */
interface Stoppable {
  terminate(error: ErrorData): void;
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

export function weighLora(engine: Stoppable, id: string, weight: number): void {
  chooseModel(engine, { loras: choice().loras.map((lora) => (lora.id === id ? { ...lora, weight } : lora)) });
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
