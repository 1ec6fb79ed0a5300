import { beforeEach, expect, it } from 'vitest';
import { runStore } from '../features/generate/run/controller.ts';
import { done, FakeEngine } from '../features/generate/run/fake-engine.ts';
import { summary } from '../features/models/loading/load-fixture.ts';
import { engineStore, forgetModel } from '../features/models/loading/engine-store.ts';
import { firstChoice } from '../features/models/choice/model-choice.ts';
import { renewWorker } from './worker-renewal.ts';

/** The end of a run that made some pictures. */
function finish(pictures: number): void {
  runStore.setState({ run: { kind: 'idle' } });
  runStore.setState({ run: { kind: 'done', summary: { ...done, pictures }, notices: [] } });
}

beforeEach(() => {
  engineStore.setState({ device: null, choice: firstChoice, model: { kind: 'ready', summary } });
});

it('renews the worker after every four pictures, and loads the model again', async () => {
  let loads = 0;
  const engine = new FakeEngine();
  const terminate = engine.terminate.bind(engine);
  engine.terminate = (error) => {
    terminate(error);
    forgetModel();
  };
  engine.loadModel = () => {
    loads += 1;
    return Promise.resolve({ ok: true, value: summary });
  };
  renewWorker(engine);
  finish(1);
  finish(2);
  expect(engine.terminations).toHaveLength(0);
  finish(1);
  expect(engine.terminations).toHaveLength(1);
  await new Promise((resolve) => setTimeout(resolve));
  expect([loads, engineStore.getState().model.kind]).toEqual([1, 'ready']);
  finish(3);
  expect(engine.terminations).toHaveLength(1);
});
