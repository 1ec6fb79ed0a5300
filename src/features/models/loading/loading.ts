import type { LoadProgress } from '../../../../workers/api.ts';
import { timeLeftText } from '../../../ui/time-left-text.ts';
import type { EngineState } from './engine-store.ts';
import { formatBytes } from '../../../../workers/api.ts';
import { sourceName } from '../sources/sources.ts';

type Model = EngineState['model'];

const phaseWords = {
  find: 'Looking for',
  download: 'Loading',
  verify: 'Checking',
  prepare: 'Preparing',
  ready: 'Ready:',
} as const;

/** "Loading unet (20 MB of 40 MB)" */
export function loadingText(model: Model): string {
  if (model.kind === 'asking') return 'This model waits for your answer under “Model”.';
  if (model.kind !== 'loading' || model.progress === null) return 'Getting ready…';
  const { phase, file, bytes, totalBytes } = model.progress;
  // Its file is the folder's name then, which nobody chose.
  if (phase === 'find') return 'Looking for the model’s files…';
  if (phase === 'prepare') return `${phaseWords[phase]} ${file}…`;
  const amount = totalBytes > 0 ? ` (${formatBytes(bytes)} of ${formatBytes(totalBytes)})` : '';
  const rate = model.pace?.rate ?? 0;
  const speed =
    rate > 0 && totalBytes > bytes
      ? `, ${formatBytes(rate)}/s, ${timeLeftText((1000 * (totalBytes - bytes)) / rate)}`
      : '';
  return `${phaseWords[phase]} ${file}${amount}${speed}`;
}

/** "Paused at 20 MB of 40 MB" */
export function pausedText({ bytes, totalBytes }: LoadProgress): string {
  return `Paused at ${formatBytes(bytes)} of ${formatBytes(totalBytes)}. What is here stays, also when this page is closed.`;
}

/** Where each phase lies on the one way from the first request to a model that is ready. */
const phasePart: Readonly<Record<LoadProgress['phase'], readonly [from: number, to: number]>> = {
  find: [0, 0],
  verify: [0, 0.8],
  download: [0, 0.8],
  prepare: [0.8, 1],
  ready: [1, 1],
};

/** From 0 to 1; null while it is not known. */
export function loadingShare(model: Model): number | null {
  if (model.kind !== 'loading' || model.progress === null) return null;
  const { phase, bytes, totalBytes } = model.progress;
  const [from, to] = phasePart[phase];
  if (totalBytes === 0) return from === 0 ? null : from;
  return from + (to - from) * Math.min(1, bytes / totalBytes);
}

/** One line on the state of the model, for the header. */
export function statusText({
  model,
  choice,
}: {
  readonly model: Model;
  readonly choice: Pick<EngineState['choice'], 'source'>;
}): string {
  const share = loadingShare(model);
  if (model.kind === 'asking')
    return model.cost.downloadBytes > 0 ? `Download ${formatBytes(model.cost.downloadBytes)}?` : 'Load it?';
  if (model.kind === 'loading') return share === null ? 'Loading the model…' : `Loading ${Math.round(100 * share)} %`;
  return sourceName(choice.source);
}
