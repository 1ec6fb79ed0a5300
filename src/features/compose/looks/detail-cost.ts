import { formatBytes, type GuidanceSettings } from '../../../../workers/api.ts';
import { detailOf, type WordPin } from '../pins/pins.ts';

/** What a reference adds to each attention that sees it, as a share of a branch (its keys at full coverage, at 512 × 512). */
const seenShare = 0.1;

/** Rows of the network that a step with the unified branch computes (UMM-Diffusion, Eq. 8). */
function branches({ alpha, guidanceScale }: GuidanceSettings): number {
  return 1 + (alpha < 1 ? 1 : 0) + (guidanceScale > 1 ? 1 : 0);
}

/** Pictures whose detail is copied once this pin's is: each is a row more. */
export function referencesWith(word: number, pins: readonly WordPin[]): number {
  return pins
    .filter((pin) => pin.word === word || detailOf(pin).on)
    .flatMap(({ subjects }) => subjects)
    .filter(({ kind }) => kind === 'picture').length;
}

/** What copying fine detail costs, in a sentence. @param download bytes that it begins with */
export function detailCost(guidance: GuidanceSettings, references: number, download: number): string {
  const rows = branches(guidance);
  const factor = 1 + references / rows + seenShare * references;
  const begins = download > 0 ? `, and ${formatBytes(download)} are downloaded once` : '';
  return `Each step takes about ${factor.toFixed(1)} times as long${begins}.`;
}
