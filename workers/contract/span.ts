/** A stretch of a text: where it begins, and the index behind its end. Part of the contract: see api.ts. */
export interface Span {
  readonly start: number;
  readonly end: number;
}
