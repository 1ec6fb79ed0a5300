import type { ErrorData } from '../../../../workers/api.ts';
import { dropReplaced } from '../addons/addons.ts';
import { chooseModel } from '../loading/choose-model.ts';
import type { StarterKit } from './starter-kits.ts';

/** Takes a model with all that belongs to it into use. */
export function chooseKit(engine: { terminate(error: ErrorData): void }, { parts }: StarterKit): void {
  dropReplaced(() => {
    chooseModel(engine, parts);
  });
}
