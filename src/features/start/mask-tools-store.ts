import { createStore } from 'zustand/vanilla';

interface MaskTools {
  /** Diameter of the brush, as a share of the shorter edge of what is seen. */
  readonly size: number;
  /** Share of the brush's radius over which its edge fades. */
  readonly softness: number;
  /** Marks or frees. */
  readonly marks: boolean;
}

/** How the next stroke is drawn. It begins anew with each visit. */
export const maskToolsStore = createStore<MaskTools>(() => ({ size: 0.15, softness: 0.25, marks: true }));
