/** On iPhones and iPads a worker gives back only a part of what each picture takes: it is renewed before that ends the page. */
import type { EngineClient } from '../engine-client/engine-client.ts';
import { runStore } from '../features/generate/run/controller.ts';
import { ensureModel } from '../features/models/loading/load-model.ts';

const picturesOfAWorker = 4;

/** Ends the worker after a run, once it has made enough pictures, and loads its model into a fresh one. */
export function renewWorker(engine: Pick<EngineClient, 'terminate' | 'probe' | 'loadModel'>): void {
  let made = 0;
  runStore.subscribe(({ run }, before) => {
    if (run.kind !== 'done' || before.run.kind === 'done') return;
    made += run.summary.pictures;
    if (made < picturesOfAWorker) return;
    made = 0;
    engine.terminate({ code: 'cancelled', message: 'Stopped to give memory back.' });
    void ensureModel(engine);
  });
}
