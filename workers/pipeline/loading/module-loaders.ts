import { precisions } from '../../api.ts';
import { moduleIds, moduleSpecs, type ModuleSettings } from '../model/modules.ts';
import type { LoadedModel, ModuleLoader } from '../model/loaded-model.ts';
import { partSpecs } from '../model/parts.ts';
import type { MemoryNeeds } from '../model/memory-needs.ts';
import type { ModuleId } from '../modules/non-finite-error.ts';
import { refuseUnbindable } from './binding-limit.ts';
import { countWeights, sourceBytes, type FoundPart, type FoundParts } from './found-part.ts';
import { PartLoader, type LoadWeights, type Transforms } from './load-parts.ts';

/** How each module gets its weights once more, from where they came from. */
export function moduleLoaders(
  found: FoundParts,
  load: LoadWeights,
  transforms: Transforms,
  settings: ModuleSettings,
): LoadedModel['loaders'] {
  const loader = (id: ModuleId): ModuleLoader => {
    const parts = moduleSpecs[id].parts.map((part) => found[part]).filter((part) => part !== null);
    return {
      sourceBytes: parts.reduce((sum, part) => sum + sourceBytes(part), 0),
      weights: weightsOf(parts),
      load: async (precision, signal) => {
        const { dtype } = precisions[precision];
        refuseUnbindable(parts, dtype, settings.backend.gpu);
        // A run has no event for bytes: how many there are was said before.
        const options = { load, dtype, transforms, signal, onProgress: () => undefined } as const;
        const loaded = await new PartLoader(parts, options).load(found);
        return { [id]: moduleSpecs[id].make(loaded, settings) };
      },
    };
  };
  return Object.fromEntries(moduleIds.map((id) => [id, loader(id)])) as LoadedModel['loaders'];
}

function weightsOf(parts: readonly FoundPart<unknown>[]): Partial<MemoryNeeds['weights']> {
  const weights: Partial<Record<keyof MemoryNeeds['weights'], number>> = {};
  for (const part of parts) {
    const { memory } = partSpecs[part.id];
    weights[memory] = (weights[memory] ?? 0) + countWeights(part);
  }
  return weights;
}
