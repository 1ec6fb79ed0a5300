import { allInOrder } from '../../all-in-order.ts';
import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { refuseOtherLayoutFamilies } from '../../checkpoint/families/layout-family.ts';
import { readProjectorFile } from '../../checkpoint/kinds/projector-files.ts';
import { noticeWithoutPart, type Notice } from '../../contract/notices.ts';
import { about, PinwordError } from '../../errors.ts';
import { partIds, partSpecs, type PartId } from '../model/parts.ts';
import { borrowPart } from './borrow-part.ts';
import type { Checkpoint } from './checkpoint.ts';
import { checkPart, findUsable, type FoundPart, type FoundParts, type UsablePart } from './found-part.ts';
import { findLook, withoutLook, type LookChoice } from './find-look.ts';
import { findTinyAutoencoder, withoutTiny, type TinyChoice } from './find-tiny-autoencoder.ts';
import { projectorMismatch } from './match-projector.ts';

/** Where parts come from other places than the checkpoint. */
export interface PartChoices {
  /** A checkpoint that brings the image encoder instead; null takes the checkpoint's own. */
  readonly imageEncoder: Checkpoint | null;
  /** A checkpoint whose VAE is used instead; null takes the checkpoint's own. */
  readonly vae: Checkpoint | null;
  /** A projector file instead of the checkpoint's own, and the config.json of our own format. */
  readonly projector: { readonly file: File; readonly config: File | null } | null;
  /** An IP-Adapter; null makes do without. */
  readonly look: LookChoice | null;
  /** A tiny autoencoder; null makes do without. */
  readonly tiny: TinyChoice | null;
}

/** What a search gave. */
interface Finding {
  readonly found: FoundParts;
  /** Where the IP-Adapter's image encoder comes from; null where there is none, or a file of its own. */
  readonly lookLender: Checkpoint | null;
  /** What the checkpoint has but cannot be used. */
  readonly notices: readonly Notice[];
}

/**
 * Reads configs and headers and checks that they belong together; no weights are read.
 * The vision tower comes from image_encoder, or from inside the safety checker.
 * @throws PinwordError 'file-not-found' | 'unsupported-config' | 'missing-tensor' | 'extra-tensor' | 'tensor-shape' | …
 */
export async function findParts(checkpoint: Checkpoint, choices: PartChoices): Promise<Finding> {
  const [index, unet] = await allInOrder([checkpoint.json('model_index.json'), checkpoint.json('unet/config.json')]);
  refuseOtherLayoutFamilies(index, unet, checkpoint.name);
  const all = await findAll(checkpoint, choices);
  const notices = all.flatMap(([id, { reason }]) =>
    reason === null ? [] : [noticeWithoutPart(partSpecs[id].label, reason.message)],
  );
  const own = Object.fromEntries(all.map(([id, { part }]) => [id, part])) as FoundParts;
  const { lender: lookLender, ...look } =
    choices.look === null ? withoutLook : await findLook(checkpoint, own.unet.config, choices.look);
  const tiny = await findTiny(own, choices.tiny);
  const found: FoundParts = { ...own, ...look, ...tiny, imageEncoder: own.imageEncoder ?? own.safetyChecker };
  const mismatch = projectorMismatch(found);
  if (mismatch === null) return { found, lookLender, notices };
  notices.push(noticeWithoutPart('projector', mismatch.message));
  return { found: { ...found, projector: null }, lookLender, notices };
}

/** Each folder at once; of parts that lie in one file, the second finds it read. */
async function findAll(
  checkpoint: Checkpoint,
  choices: PartChoices,
): Promise<readonly (readonly [PartId, UsablePart<unknown>])[]> {
  const lastOf = new Map<string, Promise<unknown>>();
  return allInOrder(
    partIds.map((id) => {
      const before = lastOf.get(partSpecs[id].folder) ?? Promise.resolve();
      const find = async () => [id, (await findChosen(id, choices)) ?? (await findOwn(checkpoint, id))] as const;
      const finding = before.then(find, find);
      lastOf.set(partSpecs[id].folder, finding);
      return finding;
    }),
  );
}

/** Errors: see findTinyAutoencoder. */
export function findTiny(
  found: Pick<FoundParts, 'vaeDecoder'>,
  choice: TinyChoice | null,
): Promise<Pick<FoundParts, 'tinyDecoder' | 'tinyEncoder'>> {
  return choice === null
    ? Promise.resolve(withoutTiny)
    : about('tinyAutoencoder', () => findTinyAutoencoder(found, choice));
}

/** @returns null where nothing else was chosen for this part */
async function findChosen(id: PartId, choices: PartChoices): Promise<UsablePart<unknown> | null> {
  if (id === 'imageEncoder' && choices.imageEncoder !== null)
    return { part: await borrowPart(choices.imageEncoder, id), reason: null };
  if (id === 'vaeDecoder' && choices.vae !== null) return { part: await borrowPart(choices.vae, id), reason: null };
  if (id === 'vaeEncoder' && choices.vae !== null)
    return { part: await unlessUnreadable(borrowPart(choices.vae, id)), reason: null };
  if (id === 'projector' && choices.projector !== null)
    return { part: await findProjectorFile(choices.projector), reason: null };
  return null;
}

/** One that is to be chosen is not looked for here; an on-demand part that cannot be read says so when it is asked for. */
async function findOwn(checkpoint: Checkpoint, id: PartId): Promise<UsablePart<unknown>> {
  const { need, folder } = partSpecs[id];
  if (need === 'chosen') return { part: null, reason: null };
  if (need === 'on-demand')
    return { part: await unlessUnreadable(findUsable(checkpoint, id).then(({ part }) => part)), reason: null };
  const usable = await findUsable(checkpoint, id);
  if (need === 'optional' || usable.part !== null) return usable;
  throw (
    usable.reason ??
    checkpoint.whyMissing(`${folder}/config.json`) ??
    new PinwordError(
      'file-not-found',
      `${checkpoint.name} has no ${folder}/config.json. Choose the folder of a whole Stable Diffusion 1.x model, or a single .safetensors or .ckpt file.`,
    )
  );
}

async function unlessUnreadable<T>(finding: Promise<T>): Promise<T | null> {
  try {
    return await finding;
  } catch (error) {
    if (error instanceof PinwordError && error.code !== 'cancelled') return null;
    throw error;
  }
}

/** A projector as LinCIR, SEARLE and Pic2Word publish it, or as training/ exports it. */
async function findProjectorFile({
  file,
  config: given,
}: NonNullable<PartChoices['projector']>): Promise<FoundPart<unknown>> {
  const { config, table, source: weights } = await readProjectorFile(blobSource(file.name, file));
  const json =
    given === null
      ? blobSource(`${file.name}/config.json`, new Blob([JSON.stringify(config)]))
      : blobSource(given.name, given);
  return checkPart('projector', { folder: 'projector', config: json, weights, table }, null);
}
