import type { EngineApi, ErrorData } from '../../../../workers/api.ts';
import { toast } from '../../../ui/toast.ts';
import { engineStore, forgetModel } from '../loading/engine-store.ts';
import { ensureModel } from '../loading/load-model.ts';

/** Milliseconds after which stored weights are read through once more. */
const checkInterval = 24 * 60 * 60 * 1000;

type Checker = Pick<EngineApi, 'storedModels' | 'verifyModel' | 'probe' | 'loadModel'> & {
  terminate(error: ErrorData): void;
};

/**
 * Reads the weights of a model through that was opened from storage, where that was not done for a day. Damage gives
 * other pictures without a word: it is said, and the damaged part is fetched again with the next load.
 */
export async function checkStoredModel(engine: Checker, id: string, now = Date.now()): Promise<void> {
  const listed = await engine.storedModels();
  const stored = listed.ok ? listed.value.find((model) => model.id === id) : undefined;
  if (stored === undefined || !stored.complete || now - stored.checked < checkInterval) return;
  const report = await engine.verifyModel(id, () => undefined);
  if (!report.ok || report.value.damaged.length === 0) return;
  const files = report.value.damaged.join(', ');
  toast.error(
    `Stored files of ${stored.name} were damaged on disk (${files}): pictures made since it was opened may be wrong. Loading it again fetches the damaged part.`,
    {
      action: {
        label: 'Load again',
        onClick: () => {
          engine.terminate({ code: 'cancelled', message: 'Stopped, because the model is loaded again.' });
          forgetModel();
          void ensureModel(engine);
        },
      },
    },
  );
}

/** Checks each model that opens from storage, beside whatever else goes on. */
export function checkStoredModels(engine: Checker): void {
  engineStore.subscribe(({ model }, before) => {
    if (model.kind === 'ready' && before.model.kind !== 'ready') void checkStoredModel(engine, model.summary.id);
  });
}
