/** The kinds of model files that a person hands over. Part of the contract: see api.ts. */

/** Endings of files of weights. What a file is, its tensors tell: programs use these endings for every kind. */
const weightEndings = ['.safetensors', '.ckpt', '.pt', '.pth', '.bin'] as const;

interface FileKindRow {
  /** In a sentence: "a LoRA". */
  readonly label: string;
  /** Endings of files that may come along with one, e.g. its config. */
  readonly companions: readonly string[];
}

export const fileKinds = {
  /** A whole model with the original LDM keys; a .yaml of the same name may say what it predicts. */
  checkpoint: { label: 'checkpoint', companions: ['.yaml', '.yml'] },
  /** A change of weights that is merged while a model loads. */
  lora: { label: 'LoRA', companions: [] },
  /** Textual inversion: vectors that stand for a word. */
  embedding: { label: 'embedding', companions: [] },
  /** The network from image embeddings to pseudo-words; our own format has a config.json. */
  projector: { label: 'projector', companions: ['.json'] },
  /** What gives pinned pictures a look. */
  ipAdapter: { label: 'IP-Adapter', companions: [] },
  /** TAESD: a small decoder and encoder; diffusers' has a config.json. */
  tinyAutoencoder: { label: 'tiny autoencoder', companions: ['.json'] },
} as const satisfies Readonly<Record<string, FileKindRow>>;

export type ModelFileKind = keyof typeof fileKinds;

/** "a, b or c" of all kinds, for a sentence. */
export function anyFileKind(): string {
  const labels = Object.values(fileKinds).map(({ label }) => label);
  return `${labels.slice(0, -1).join(', ')} or ${labels.at(-1) ?? ''}`;
}

export function isWeightFile(name: string): boolean {
  return hasEnding(name, weightEndings);
}

/** Whether a file only goes along with one of this kind. */
export function isCompanion(name: string, kind: ModelFileKind): boolean {
  return hasEnding(name, fileKinds[kind].companions);
}

/** For the file chooser of a kind. */
export function acceptedEndings(kind: ModelFileKind): string {
  return [...weightEndings, ...fileKinds[kind].companions].join(',');
}

/** A weight file's name without its ending. */
export function weightFileStem(name: string): string {
  const ending = weightEndings.find((candidate) => name.toLowerCase().endsWith(candidate));
  return ending === undefined ? name : name.slice(0, -ending.length);
}

function hasEnding(name: string, endings: readonly string[]): boolean {
  return endings.some((ending) => name.toLowerCase().endsWith(ending));
}
