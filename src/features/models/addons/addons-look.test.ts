import { beforeEach, expect, it, vi } from 'vitest';

import { chooseAdded } from './addons.ts';
import { engineStore } from '../loading/engine-store.ts';

const adapter = {
  kind: 'from',
  source: { kind: 'hub', repo: 'h94/IP-Adapter', revision: 'main', endpoint: 'https://huggingface.co' },
  path: 'models/ip-adapter_sd15.safetensors',
} as const;

beforeEach(() => {
  engineStore.setState(engineStore.getInitialState());
});

it('an engine that has nothing to do keeps its model when another look is chosen', () => {
  const terminate = vi.fn();
  chooseAdded({ terminate, isIdle: () => true }, { ipAdapter: adapter });
  expect(terminate).not.toHaveBeenCalled();
  expect(engineStore.getState()).toMatchObject({ choice: { ipAdapter: adapter }, model: { kind: 'none' } });
});

it('a picture that forms ends when another look is chosen', () => {
  const terminate = vi.fn();
  chooseAdded({ terminate, isIdle: () => false }, { ipAdapter: adapter });
  expect(terminate).toHaveBeenCalledOnce();
  expect(engineStore.getState().choice.ipAdapter).toEqual(adapter);
});
