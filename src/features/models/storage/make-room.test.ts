import { expect, it } from 'vitest';
import { removableModels } from './make-room.ts';

const model = (id: string) => ({
  id,
  name: id,
  licence: null,
  bytes: 1e9,
  complete: true,
  lastUsed: 0,
  checked: 0,
  files: [],
});
const stored = [
  'hub:https://huggingface.co/a/old@abc',
  'hub:https://huggingface.co/a/new@def',
  'url:https://example.org/m',
].map(model);
const ids = (models: readonly { id: string }[]) => models.map(({ id }) => id);

it('what may go is every stored model but the one that room is made for', () => {
  const hub = { kind: 'hub', repo: 'a/new', revision: 'main', endpoint: 'https://huggingface.co' } as const;
  expect(ids(removableModels(stored, hub))).toEqual([stored[0]?.id, stored[2]?.id]);
  expect(ids(removableModels(stored, { ...hub, endpoint: 'https://example.org' }))).toHaveLength(3);
  expect(ids(removableModels(stored, { kind: 'url', baseUrl: 'https://example.org/m/' }))).toEqual([
    stored[0]?.id,
    stored[1]?.id,
  ]);
});
