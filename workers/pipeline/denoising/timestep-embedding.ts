/**
 * The sinusoid that the network's time embedding starts from, as diffusers' Timesteps computes it. It is made on
 * the host because a GPU's sine is inexact for arguments near 1000.
 * @param timestep may be fractional
 * @returns [1, channels] f32
 */
export function timestepSinusoid(
  timestep: number,
  channels: number,
  { flipSinToCos, frequencyShift }: { readonly flipSinToCos: boolean; readonly frequencyShift: number },
): Float32Array<ArrayBuffer> {
  const half = channels / 2;
  const embedding = new Float32Array(channels);
  const cosine = flipSinToCos ? 0 : half;
  for (let index = 0; index < half; index++) {
    const frequency = Math.fround(Math.exp((-Math.log(10000) * index) / (half - frequencyShift)));
    const angle = Math.fround(timestep * frequency);
    embedding[cosine + index] = Math.cos(angle);
    embedding[half - cosine + index] = Math.sin(angle);
  }
  return embedding;
}
