/** Cutting pinned pictures out: what is going on with each, and what comes of it. */
import { createStore } from 'zustand/vanilla';
import {
  backdrops,
  cutOutNetworks,
  formatBytes,
  type Backdrop,
  type CutOutApi,
  type CutOutNetwork,
  type CutOutNetworkId,
  type CutOutPoint,
  type CutOutProgress,
} from '../../../../workers/api.ts';
import { changePicture } from '../draft/compose-store.ts';
import type { PinnedPicture } from '../pins/pins.ts';
import { keepSubject, subjectBlob } from '../pins/subject-library.ts';

/** The network must be downloaded first, and the person is asked. */
interface Question {
  readonly kind: 'asked';
  readonly network: CutOutNetworkId;
}

type Work =
  | { readonly kind: 'idle' }
  | { readonly kind: 'working'; readonly text: string }
  | Question
  | { readonly kind: 'failed'; readonly problem: string };

/** What is going on with one pinned picture. */
interface PictureWork {
  readonly work: Work;
  /** Where the person pointed, in order. */
  readonly points: readonly CutOutPoint[];
}

const nothing: PictureWork = { work: { kind: 'idle' }, points: [] };

/** By pin and picture: a picture may be pinned twice, and cut out in two ways. */
export const cutOutStore = createStore<Readonly<Record<string, PictureWork>>>(() => ({}));

/** A picture on the pin that the hue names. */
export interface PinnedPlace {
  readonly hue: number;
  readonly subject: PinnedPicture;
}

const keyOf = ({ hue, subject }: PinnedPlace): string => `${hue} ${subject.id}`;

export function cutOutWork(state: Readonly<Record<string, PictureWork>>, place: PinnedPlace): PictureWork {
  return state[keyOf(place)] ?? nothing;
}

function update(place: PinnedPlace, change: Partial<PictureWork>): void {
  cutOutStore.setState((state) => ({ [keyOf(place)]: { ...cutOutWork(state, place), ...change } }));
}

/** By picture, how often something was asked: what comes of an earlier wish comes too late. */
const wishes = new Map<string, number>();

/** @param isDrawn the model draws picture books: the site has a network for such subjects */
function networkOf(points: readonly CutOutPoint[], isDrawn: boolean): CutOutNetworkId {
  if (points.length > 0) return 'slimsam';
  return isDrawn ? 'picturebook' : 'ormbg';
}

interface Wish {
  readonly isDrawn: boolean;
  readonly mayDownload?: boolean;
}

/**
 * Looks for the subject, at the points where there are some. The pin stays as it was until it is found, and where it is
 * not.
 */
export async function cutOutPicture(
  worker: Pick<CutOutApi, 'cutOut'>,
  place: PinnedPlace,
  { isDrawn, mayDownload = false }: Wish,
): Promise<void> {
  const { hue, subject } = place;
  const key = keyOf(place);
  const wish = (wishes.get(key) ?? 0) + 1;
  wishes.set(key, wish);
  const { points } = cutOutWork(cutOutStore.getState(), place);
  const network = networkOf(points, isDrawn);
  const tell = (work: Work): void => {
    if (wishes.get(key) === wish) update(place, { work });
  };
  tell({ kind: 'working', text: 'Looking for the subject…' });
  const image = await subjectBlob(subject.id);
  if (image === null) {
    tell({ kind: 'failed', problem: `${subject.name} is no longer in this browser. Pin it again.` });
    return;
  }
  const request = { image, hash: subject.id, network, points, mayDownload };
  const found = await worker.cutOut(request, (progress) => {
    tell({ kind: 'working', text: progressText(progress) });
  });
  if (wishes.get(key) !== wish) return;
  if (!found.ok) {
    tell(endOf(found.error, network));
    return;
  }
  const { mask, hash, region } = found.value;
  await keepSubject(mask, hash);
  changePicture(hue, subject.id, (picture) => ({
    ...picture,
    cutOut: { mask: hash, region, backdrop: picture.cutOut?.backdrop ?? backdrops[0], isOn: true },
  }));
  tell({ kind: 'idle' });
}

function endOf({ code, message }: { readonly code: string; readonly message: string }, network: CutOutNetworkId): Work {
  if (code === 'needs-download') return { kind: 'asked', network };
  return code === 'cancelled' ? { kind: 'idle' } : { kind: 'failed', problem: message };
}

function progressText(progress: CutOutProgress): string {
  return progress.phase === 'look'
    ? 'Looking for the subject…'
    : `Downloading ${formatBytes(progress.bytes)} of ${formatBytes(progress.totalBytes)}`;
}

/** Stops what goes on; what the person pointed at stays. */
export function stopCutOut(worker: { readonly stop: () => void }, place: PinnedPlace): void {
  wishes.set(keyOf(place), (wishes.get(keyOf(place)) ?? 0) + 1);
  worker.stop();
  update(place, { work: { kind: 'idle' } });
}

/** The person does not agree to a download: the points for which it would be are taken back. */
export function declineDownload(place: PinnedPlace): void {
  update(place, nothing);
}

export function setPoints(place: PinnedPlace, points: readonly CutOutPoint[]): void {
  update(place, { points, work: { kind: 'idle' } });
}

export function switchCutOut({ hue, subject }: PinnedPlace, isOn: boolean): void {
  changePicture(hue, subject.id, (picture) =>
    picture.cutOut === undefined ? picture : { ...picture, cutOut: { ...picture.cutOut, isOn } },
  );
}

export function setBackdrop({ hue, subject }: PinnedPlace, backdrop: Backdrop): void {
  changePicture(hue, subject.id, (picture) =>
    picture.cutOut === undefined ? picture : { ...picture, cutOut: { ...picture.cutOut, backdrop } },
  );
}

/** What a download costs and where it comes from, for the question; null for what the site has. */
export function downloadFacts(
  id: CutOutNetworkId,
): { readonly name: string; readonly host: string; readonly size: string; readonly licence: string } | null {
  const { name, from, licence }: CutOutNetwork = cutOutNetworks[id];
  if (!('endpoint' in from)) return null;
  return { name, host: new URL(from.endpoint).host, size: formatBytes(from.bytes), licence };
}
