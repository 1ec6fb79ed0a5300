import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../storage/keyed-store.ts';
import { readSlice } from '../../../storage/slice.ts';
import { dropFile, keepFile, openFileShelf } from './file-shelf.ts';
import { firstChoice, lastingChoice, loadRequest, modelChoiceSlice, type ModelChoice } from './model-choice.ts';

const hub = { kind: 'hub', repo: 'a/b', revision: 'main', endpoint: 'https://hub.example.org' } as const;

describe('the request that loads a model', () => {
  it('carries the files that go with the model', async () => {
    openFileShelf(new MemoryStore());
    const lora = await keepFile(new Blob(['lora']), 'style.safetensors');
    const projector = {
      ...(await keepFile(new Blob(['phi']), 'model.safetensors')),
      config: await keepFile(new Blob(['{}']), 'config.json'),
    };
    const choice: ModelChoice = {
      ...firstChoice,
      source: hub,
      loras: [{ ...lora, weight: 0.5 }],
      projectors: [projector],
      projector: projector.id,
      imageEncoder: { ...hub, repo: 'c/d' },
      plan: { ...firstChoice.plan, branches: 'one-by-one', vaeTile: 0, keepEncoders: false },
    };
    const request = await loadRequest(choice, 'webgpu');
    if (!request.ok) throw new Error(request.error.message);
    expect(request.value).toMatchObject({
      source: hub,
      provider: 'webgpu',
      keep: true,
      imageEncoder: { kind: 'from', source: { repo: 'c/d' } },
      loras: [{ weight: 0.5 }],
      projector: { kind: 'file' },
    });
    expect(request.value.plan).toEqual({ branches: 'one-by-one', vaeTile: 0, keepEncoders: false });
    expect(await request.value.loras[0]?.file.text()).toBe('lora');
    expect(request.value.projector.kind === 'file' && (await request.value.projector.config?.text())).toBe('{}');
  });

  it('carries a tiny autoencoder, from files or from a repository', async () => {
    openFileShelf(new MemoryStore());
    const files = await Promise.all(
      ['taesd_encoder.safetensors', 'taesd_decoder.safetensors'].map((name) => keepFile(new Blob([name]), name)),
    );
    const place = { kind: 'from', source: hub, path: null } as const;
    for (const tinyAutoencoder of [place, { kind: 'files', files } as const]) {
      const choice: ModelChoice = { ...firstChoice, source: hub, tinyAutoencoder };
      expect(readSlice(modelChoiceSlice, structuredClone({ version: 1, data: lastingChoice(choice) }))).toEqual(choice);
      const request = await loadRequest(choice, 'webgpu');
      expect(request).toMatchObject({ ok: true, value: { tinyAutoencoder: { kind: tinyAutoencoder.kind } } });
      const miniature = await loadRequest({ ...firstChoice, tinyAutoencoder }, 'webgpu');
      expect(miniature.ok && miniature.value.tinyAutoencoder).toBeUndefined();
    }
    const choice: ModelChoice = { ...firstChoice, source: hub, tinyAutoencoder: { kind: 'files', files } };
    const request = await loadRequest(choice, 'webgpu');
    const taken = request.ok ? request.value.tinyAutoencoder : undefined;
    expect(taken?.kind === 'files' && taken.files.map(({ name }) => name)).toEqual(files.map(({ name }) => name));
    await dropFile(files[1]?.id ?? '');
    expect(await loadRequest(choice, 'webgpu')).toMatchObject({ ok: false, error: { code: 'file-not-found' } });
  });

  it('carries an adapter and its image encoder, from files or from repositories', async () => {
    openFileShelf(new MemoryStore());
    const adapter = await keepFile(new Blob(['look']), 'plus.safetensors');
    const place = { kind: 'from', source: hub, path: null } as const;
    const choice: ModelChoice = {
      ...firstChoice,
      source: hub,
      ipAdapter: { kind: 'file', file: adapter },
      lookImageEncoder: place,
    };
    expect(readSlice(modelChoiceSlice, structuredClone({ version: 1, data: lastingChoice(choice) }))).toEqual(choice);
    const request = await loadRequest(choice, 'webgpu');
    expect(request).toMatchObject({ ok: true, value: { ipAdapter: { kind: 'file' }, lookImageEncoder: place } });
    await dropFile(adapter.id);
    expect(await loadRequest(choice, 'webgpu')).toMatchObject({ ok: false, error: { code: 'file-not-found' } });
    expect(await loadRequest({ ...firstChoice, ipAdapter: choice.ipAdapter }, 'webgpu')).toMatchObject({
      value: { ipAdapter: { kind: 'none' } },
    });
  });

  it('names a file that is gone', async () => {
    openFileShelf(new MemoryStore());
    const lora = await keepFile(new Blob(['lora']), 'style.safetensors');
    await dropFile(lora.id);
    expect(await loadRequest({ ...firstChoice, source: hub, loras: [{ ...lora, weight: 1 }] }, 'webgpu')).toMatchObject(
      {
        ok: false,
        error: { code: 'file-not-found' },
      },
    );
  });

  it('leaves the miniature model without add-ons', async () => {
    const request = await loadRequest({ ...firstChoice, loras: [{ id: 'x', name: 'x', size: 1, weight: 1 }] }, 'wasm');
    expect(request).toMatchObject({ ok: true, value: { loras: [], projector: { kind: 'checkpoint' }, plan: {} } });
  });
});

describe('the choice of a model', () => {
  it('survives a reload', () => {
    const lasting = lastingChoice({ ...firstChoice, source: hub, provider: 'wasm' });
    expect(readSlice(modelChoiceSlice, structuredClone({ version: 1, data: lasting }))).toEqual(lasting);
  });

  it('takes projectors that were kept before they could have a config', () => {
    const projector = { id: 'x', name: 'lincir.pt', size: 3 };
    const stored = { ...lastingChoice(firstChoice), projectors: [projector] };
    expect(readSlice(modelChoiceSlice, { version: 1, data: stored })?.projectors).toEqual([
      { ...projector, config: null },
    ]);
  });
});
