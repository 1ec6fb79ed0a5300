import type { ModelSource, StoredModel } from '../../../../workers/api.ts';
import { sourceOfStored } from './stored.ts';

/** Stored models that may go to make room for another source, the longest unused first. Its own parts stay. */
export function removableModels(stored: readonly StoredModel[], source: ModelSource): readonly StoredModel[] {
  return stored.filter((model) => !isOf(model, source));
}

/** Whatever the revision: a download that goes on may have begun at another commit. */
function isOf(model: StoredModel, source: ModelSource): boolean {
  const stored = sourceOfStored(model);
  if (stored?.kind === 'hub' && source.kind === 'hub')
    return stored.repo === source.repo && stored.endpoint === source.endpoint;
  return stored?.kind === 'url' && source.kind === 'url' && stored.baseUrl === source.baseUrl;
}
