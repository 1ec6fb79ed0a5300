/** What a person should know although nothing failed: the one place of its sentences. Part of the contract: see api.ts. */
import { formatBytes } from './format-bytes.ts';

/** By its code: the sentence that its facts make. A `reason` and a `plan` are sentences or parts of one themselves. */
const sentences = {
  'no-pictures': (lacks: string) =>
    `This checkpoint brings no ${lacks}, so it makes pictures from text alone until one is chosen.`,
  'stored-copy': (sentencesOfCopies: readonly string[]) => [...new Set(sentencesOfCopies)].join(' '),
  'storage-newer': (files: number) =>
    `${files === 1 ? 'One stored file was' : `${files} stored files were`} written by a newer version of Pinword. This version lets them be; open the newer one to use or remove them.`,
  'storage-not-persistent': () =>
    'The browser has not agreed to keep what is stored: when the disk runs low it may delete this model, which would then be downloaded again.',
  'not-stored': (reason: string) => `${reason} The model is held in memory and must be downloaded again next time.`,
  'lora-unused': (file: string, unused: number, all: number, names: string) =>
    `${unused} of ${all} parts of the LoRA "${file}" fit nothing in this model and are left out: ${names}. The rest is used.`,
  'lora-embeddings': (what: string) =>
    `The embeddings packed into LoRA files are not used: ${what}. To use their words, add the embeddings as files of their own.`,
  'memory-plan': (width: number, height: number, plan: string) => `For ${width} × ${height} pixels: ${plan}.`,
  'inpaints-all': () =>
    'This model was made to fill in a part of a picture. Without a picture to start from it makes all of it, as if all were marked.',
  'out-of-memory': (plan: string) => `There was not enough memory, so this goes on with less: ${plan}.`,
  'few-step-guidance': (scheduler: string, guidanceScale: number) =>
    `${scheduler} is for networks that were distilled to a few steps: a guidance scale of ${guidanceScale} burns their pictures. Take 1 to 2.`,
  'few-step-network': (scheduler: string) =>
    `${scheduler} is for networks that were distilled to a few steps, and neither the model nor a LoRA in use is one by its name. Press “Fast”, add an LCM- or TCD-LoRA, or take another scheduler.`,
  'no-tiny-autoencoder': () =>
    'No tiny autoencoder is loaded, so the model’s own finishes the picture and previews are rough. Choose one under “Model”, “Tiny autoencoder”.',
  'rough-previews': (reason: string) => `Previews are rough from here on, because the tiny decoder failed. ${reason}`,
  'no-capture': () =>
    'The steps could not be recorded on this graphics processor, so each is prepared anew. Pictures are the same; they take a little longer.',
  unchecked: (reason: string) => `This picture is shown unchecked, because the safety checker failed. ${reason}`,
  'no-recipe': () => 'The settings could not be written into the PNG. They are kept here, with the picture.',
  'not-kept': () => 'The browser’s storage is full: download the picture, it is lost when this page closes.',
} as const;

/** Of one part of a model: its name is put to the code, so that each part has a notice of its own. */
const sentencesOfParts = {
  no: (part: string, reason: string) => `The model runs without its ${part}. ${reason}`,
  'full-precision': (part: string, bytes: number) =>
    `The ${part} overflowed in 16-bit, so it runs in 32-bit from now on. For that its weights are fetched again: ${formatBytes(bytes)}.`,
} as const;

type NoticeCode = keyof typeof sentences | `${keyof typeof sentencesOfParts}-${string}`;
type Facts = { readonly [Code in keyof typeof sentences]: Parameters<(typeof sentences)[Code]> };
const sentenceOf: { readonly [Code in keyof Facts]: (...facts: Facts[Code]) => string } = sentences;

export interface Notice {
  readonly code: NoticeCode;
  readonly message: string;
}

/** @param facts what the sentence names */
export function notice<Code extends keyof Facts>(code: Code, ...facts: Facts[Code]): Notice {
  return { code, message: sentenceOf[code](...facts) };
}

/** @param part as people know it */
export function noticeWithoutPart(part: string, reason: string): Notice {
  return { code: `no-${part.replaceAll(' ', '-')}`, message: sentencesOfParts.no(part, reason) };
}

/** @param bytes that are fetched again */
export function noticeOfFullPrecision(id: string, part: string, bytes: number): Notice {
  return { code: `full-precision-${id}`, message: sentencesOfParts['full-precision'](part, bytes) };
}
