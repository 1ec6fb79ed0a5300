import type { TensorTable } from '../tensors/tensor-table.ts';

/** A config.json of diffusers as data. */
export type ConfigJson = Readonly<Record<string, unknown>>;

export interface SingleFileComponent {
  /** What config.json of this component would say: derived from shapes, SD 1.5's values where shapes do not tell. */
  readonly config: ConfigJson;
  /** The component's tensors under their diffusers names, lying where they are in the single file. */
  readonly table: TensorTable;
}
