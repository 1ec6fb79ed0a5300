/** The map of subjects by their pseudo-words (UMM-Diffusion, Fig. 12). Part of the contract: see api.ts. */

/** With fewer there are no neighbourhoods to show. */
export const fewestOnMap = 5;

/** A place on the map: both in 0 … 1, and the longer side of the map fills that. */
export interface MapPoint {
  readonly x: number;
  readonly y: number;
}
