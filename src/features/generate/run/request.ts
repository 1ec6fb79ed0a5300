import {
  runSettings,
  splitWords,
  type ErrorData,
  type GenerateRequest,
  type ModelSummary,
  type Pin,
  type Result,
} from '../../../../workers/api.ts';
import { engineDetail, lookOf, type ComposeData } from '../../compose/pins/pins.ts';
import { engineEmbeddings, type InstalledEmbedding } from '../../compose/embeddings/embeddings.ts';
import { engineSubjects } from '../../compose/pins/engine-subjects.ts';
import { defaultSettings, fitSize, type Settings } from '../../settings/settings.ts';
import { engineStart } from '../../start/engine-start.ts';
import type { Start } from '../../start/start-store.ts';

/** Settings with the size that this model will really make, and without a tiny autoencoder where it has none. */
export function concreteSettings(
  settings: Settings,
  model: Pick<ModelSummary, 'nativeSize' | 'sizeMultiple' | 'tinyAutoencoder'>,
): Settings & { readonly width: number; readonly height: number } {
  const { autoencoder, previews } = model.tinyAutoencoder === null ? defaultSettings : settings;
  const width = fitSize(settings.width, model);
  return { ...settings, autoencoder, previews, width, height: fitSize(settings.height, model) };
}

/** What can be known to be wrong before the engine is asked. */
export function checkComposition({ caption }: ComposeData): ErrorData | null {
  if (splitWords(caption).length > 0) return null;
  return {
    code: 'empty-caption',
    message: 'The caption is empty. Type what the picture shows, for example “a dog on the beach”.',
  };
}

async function loadPins(pins: ComposeData['pins']): Promise<Result<readonly Pin[]>> {
  const loaded: Pin[] = [];
  for (const pin of pins) {
    const { word, anchor, subjects, area = null } = pin;
    const found = await engineSubjects(subjects);
    if (found === null) {
      return {
        ok: false,
        error: {
          code: 'file-not-found',
          message: `What is pinned on “${anchor}” is no longer in this browser’s storage. Unpin it and pin it again.`,
        },
      };
    }
    loaded.push({ word, subjects: found, look: lookOf(pin), ...engineDetail(pin), area });
  }
  return { ok: true, value: loaded };
}

/** @param named the embeddings that caption and negative prompt name */
export async function buildRequest(
  { compose, start }: { readonly compose: ComposeData; readonly start: Start | null },
  settings: Settings & { readonly width: number; readonly height: number },
  named: readonly InstalledEmbedding[],
): Promise<Result<GenerateRequest>> {
  const pins = await loadPins(compose.pins);
  if (!pins.ok) return pins;
  const embeddings = await engineEmbeddings(named);
  if (!embeddings.ok) return embeddings;
  const from = start === null ? null : await engineStart(start);
  if (from?.ok === false) return from;
  return {
    ok: true,
    value: {
      caption: compose.caption,
      pins: pins.value,
      embeddings: embeddings.value,
      ...(from === null ? {} : { start: from.value }),
      ...runSettings(settings),
    },
  };
}
