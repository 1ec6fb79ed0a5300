/** Not one value: norms of what does not vary magnify the last digits. */
export const wave = (length: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length }, (_, index) => Math.sin(index * index));
