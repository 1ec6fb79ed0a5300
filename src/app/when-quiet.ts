/** When the page may do what can wait. */
import { runStore } from '../features/generate/run/controller.ts';
import { isActive } from '../features/generate/run/run-state.ts';
import { engineStore } from '../features/models/loading/engine-store.ts';

/** Whoever sees that the model is there presses Generate: that comes first. */
const quietMs = 2_000;

/** Resolves once no model has been loading and no picture forming for a while: line and processor are theirs. */
export function whenQuiet(): Promise<void> {
  return new Promise((resolve) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = (): void => {
      for (const stop of stops) stop();
      resolve();
    };
    const look = (): void => {
      clearTimeout(timer);
      const isBusy = engineStore.getState().model.kind === 'loading' || isActive(runStore.getState().run);
      if (!isBusy) timer = setTimeout(end, quietMs);
    };
    const stops = [engineStore.subscribe(look), runStore.subscribe(look)];
    look();
  });
}
