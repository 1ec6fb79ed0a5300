import { beforeEach, describe, expect, it } from 'vitest';
import type { CutOutApi, CutOutRequest, CutOutResult, ErrorCode, Result } from '../../../../workers/api.ts';
import { MemoryStore } from '../../../storage/keyed-store.ts';
import { composeStore, setCaption } from '../draft/compose-store.ts';
import {
  cutOutPicture,
  cutOutStore,
  cutOutWork,
  declineDownload,
  setBackdrop,
  setPoints,
  stopCutOut,
  switchCutOut,
  type PinnedPlace,
} from './cut-outs.ts';
import type { PinnedPicture } from '../pins/pins.ts';
import { keepSubject, openSubjects, subjectBlob } from '../pins/subject-library.ts';

const region = { x: 0, y: 0, size: 20 };
const found: CutOutResult = {
  mask: new Blob(['a mask']),
  hash: 'm1',
  size: { width: 40, height: 20 },
  region: { x: -5, y: 0, size: 30 },
};
let place: PinnedPlace;
const asked: CutOutRequest[] = [];

const pinned = (): PinnedPicture | undefined => {
  const subject = composeStore.getState().pins[0]?.subjects[0];
  return subject?.kind === 'picture' ? subject : undefined;
};
const work = () => cutOutWork(cutOutStore.getState(), place).work;
const worker = (answer: Result<CutOutResult> | Promise<Result<CutOutResult>>): Pick<CutOutApi, 'cutOut'> => ({
  cutOut: (request) => {
    asked.push(request);
    return Promise.resolve(answer);
  },
});
const refusal = (code: ErrorCode): Result<CutOutResult> => ({ ok: false, error: { code, message: `It is ${code}.` } });
const good: Result<CutOutResult> = { ok: true, value: found };
const onDrawing = { isDrawn: true };

beforeEach(async () => {
  openSubjects(new MemoryStore());
  const id = await keepSubject(new Blob(['a dog']));
  const subject = { kind: 'picture', id, name: 'dog.png', width: 40, height: 20, region, sample: null } as const;
  composeStore.setState({
    caption: 'a dog',
    pins: [{ word: 1, anchor: 'dog', hue: 4, subjects: [subject] }],
    waiting: [],
  });
  place = { hue: 4, subject };
  cutOutStore.setState({}, true);
  asked.length = 0;
});

describe('cutting a pinned picture out', () => {
  it('keeps the mask, frames the subject, and leaves picture and crop as they were', async () => {
    await cutOutPicture(worker(good), place, onDrawing);
    expect(pinned()).toEqual({
      ...place.subject,
      cutOut: { mask: 'm1', region: found.region, backdrop: 'white', isOn: true },
    });
    expect(await (await subjectBlob('m1'))?.text()).toBe('a mask');
    expect(work()).toEqual({ kind: 'idle' });
    switchCutOut(place, false);
    expect(pinned()).toMatchObject({ region, cutOut: { isOn: false, mask: 'm1' } });
  });

  it('takes the network of the site for drawings, another for photos, a third for points', async () => {
    await cutOutPicture(worker(good), place, onDrawing);
    await cutOutPicture(worker(good), place, { isDrawn: false });
    setPoints(place, [{ x: 3, y: 4, isSubject: true }]);
    await cutOutPicture(worker(good), place, onDrawing);
    expect(asked.map(({ network, points }) => [network, points.length])).toEqual([
      ['picturebook', 0],
      ['ormbg', 0],
      ['slimsam', 1],
    ]);
    expect(asked.every(({ mayDownload }) => !mayDownload)).toBe(true);
  });

  it('asks before a download, and keeps the backdrop that was chosen', async () => {
    await cutOutPicture(worker(good), place, onDrawing);
    setBackdrop(place, 'blur');
    await cutOutPicture(worker(refusal('needs-download')), place, { isDrawn: false });
    expect(work()).toEqual({ kind: 'asked', network: 'ormbg' });
    await cutOutPicture(worker(good), place, { isDrawn: false, mayDownload: true });
    expect(asked.at(-1)?.mayDownload).toBe(true);
    expect(pinned()?.cutOut?.backdrop).toBe('blur');
  });

  it('takes the points back where the person does not agree to the download for them', async () => {
    setPoints(place, [{ x: 3, y: 4, isSubject: true }]);
    await cutOutPicture(worker(refusal('needs-download')), place, onDrawing);
    declineDownload(place);
    expect(cutOutWork(cutOutStore.getState(), place)).toEqual({ work: { kind: 'idle' }, points: [] });
  });

  it.each(['nothing-to-cut-out', 'bad-cut-out-network', 'network', 'storage-quota', 'internal'] as const)(
    'leaves the pin as it was, with a sentence, where the answer is %s',
    async (code) => {
      const before = pinned();
      await cutOutPicture(worker(refusal(code)), place, onDrawing);
      expect(work()).toEqual({ kind: 'failed', problem: `It is ${code}.` });
      expect(pinned()).toBe(before);
    },
  );

  it('says nothing of what the person has stopped, and takes nothing of it', async () => {
    let answer: (result: Result<CutOutResult>) => void = () => undefined;
    const running = cutOutPicture(
      worker(
        new Promise((resolve) => {
          answer = resolve;
        }),
      ),
      place,
      onDrawing,
    );
    stopCutOut({ stop: () => undefined }, place);
    answer(good);
    await running;
    expect(pinned()?.cutOut).toBeUndefined();
    expect(work()).toEqual({ kind: 'idle' });
  });

  it('reaches the pin where it is by now, and nothing that was unpinned', async () => {
    setCaption('the dog sleeps, a dog');
    const { pins } = composeStore.getState();
    await cutOutPicture(worker(good), place, onDrawing);
    expect(composeStore.getState().pins.map(({ word }) => word)).toEqual(pins.map(({ word }) => word));
    composeStore.setState({ pins: [] });
    await cutOutPicture(worker(good), place, onDrawing);
    expect(composeStore.getState().pins).toEqual([]);
  });
});
