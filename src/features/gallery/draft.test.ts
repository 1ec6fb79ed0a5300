import { beforeEach, describe, expect, it } from 'vitest';
import { composeStore, pinSubject, setCaption } from '../compose/draft/compose-store.ts';
import { defaultSettings, setSettings, settingsStore } from '../settings/settings.ts';
import { setStart, startStore } from '../start/start-store.ts';
import { fillIn } from './draft.ts';

const example = { caption: 'an example', pins: [] };

beforeEach(() => {
  composeStore.setState({ caption: '', pins: [], waiting: [] });
  settingsStore.setState(defaultSettings);
  setStart(null);
  fillIn({ caption: '', pins: [] }, {});
});

describe('what is filled in', () => {
  it('gives the person’s caption, pins and settings back', () => {
    setCaption('my dog');
    pinSubject(1, { kind: 'embedding', id: 'a', name: 'a.pt', vectors: 1 });
    setSettings({ negativePrompt: 'rain' });
    const { pins } = composeStore.getState();
    const putBack = fillIn(example, { negativePrompt: '', alpha: 0.9 });
    expect(composeStore.getState()).toMatchObject({ caption: 'an example', pins: [] });
    putBack?.();
    expect(composeStore.getState()).toMatchObject({ caption: 'my dog', pins });
    expect(settingsStore.getState()).toMatchObject({ negativePrompt: 'rain', alpha: defaultSettings.alpha });
  });

  it('has nothing to give back where nothing was one’s own: an empty page, another example, a new seed', () => {
    expect(fillIn(example, { steps: 20 })).toBeNull();
    setSettings({ seed: 99 });
    expect(fillIn({ caption: 'another example', pins: [] }, { steps: 30 })).toBeNull();
  });

  it('gives back what runs started from', () => {
    const start = { picture: { id: 'a', name: 'a.png', width: 8, height: 8 }, mask: null };
    setStart(start);
    const putBack = fillIn(example, {});
    expect(startStore.getState().start).toBeNull();
    putBack?.();
    expect(startStore.getState().start).toEqual(start);
  });

  it('has nothing to give back where it is what stands there', () => {
    setCaption('an example');
    expect(fillIn(example, {})).toBeNull();
  });
});
