/** What is added to a checkpoint: LoRA files, projectors, an IP-Adapter. They take effect when the model loads next. */
import { loraWeight, type ErrorData } from '../../../workers/api.ts';
import { chooseLook, chooseModel, engineStore } from './engine-store.ts';
import { dropFile, keepFile } from './file-shelf.ts';
import type { ModelChoice } from './model-choice.ts';
import type { StarterKit } from './starter-kits.ts';

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

type LookPart = 'ipAdapter' | 'lookImageEncoder';

/** Takes another IP-Adapter, or image encoder for it, into use; null takes it away. */
export function chooseLookPart<Part extends LookPart>(engine: Idling, part: Part, chosen: ModelChoice[Part]): void {
  dropReplaced(() => {
    chooseLook(engine, { [part]: chosen });
  });
}

export async function chooseLookFile(engine: Idling, part: LookPart, file: File): Promise<void> {
  const kept = await keepFile(file, file.name);
  chooseLookPart(engine, part, { kind: 'file', file: kept });
}

/** Takes a model with all that belongs to it into use. */
export function chooseKit(engine: Stoppable, { parts }: StarterKit): void {
  dropReplaced(() => {
    chooseModel(engine, parts);
  });
}

/** The shelf holds no adapter's file that is not in use: these are large. */
function dropReplaced(change: () => void): void {
  const kept = (): readonly string[] => {
    const { ipAdapter, lookImageEncoder } = choice();
    return [ipAdapter, lookImageEncoder].flatMap((part) => (part?.kind === 'file' ? [part.file.id] : []));
  };
  const before = kept();
  change();
  for (const id of before) if (!kept().includes(id)) void dropFile(id);
}
