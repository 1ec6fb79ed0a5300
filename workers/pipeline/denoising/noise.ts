/**
 * torch's CPU noise: the same seed gives the same latents as
 * `torch.randn(n, generator=torch.Generator("cpu").manual_seed(seed))` in float32, up to the last bits of log, sin
 * and cos. So a seed from diffusers, ComfyUI or A1111 (CPU noise) means the same picture here.
 *
 * Facts: MT19937 (Matsumoto & Nishimura, 1998); ATen's normal distribution fills blocks of 16 by Box–Muller from 24-bit
 * uniforms, draws the last 16 again where the size is no multiple of 16, and below 16 values draws one by one in
 * double precision, keeping the second value of each pair for the next draw.
 */
import { PinwordError } from '../../errors.ts';

const blockSize = 16;
const halfBlock = blockSize / 2;

export class TorchGenerator {
  private engine: MersenneTwister;
  /** Second value of the last Box–Muller pair of the scalar path. */
  private spare: number | null = null;

  /** @throws PinwordError 'setting-out-of-range' unless the seed is a whole number in 0 … 2^32−1. */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
      throw new PinwordError('setting-out-of-range', 'The seed must be a whole number between 0 and 4294967295.');
    }
    this.engine = new MersenneTwister(seed);
  }

  /** A generator that goes on as this one would. */
  clone(): TorchGenerator {
    const copy = new TorchGenerator(0);
    copy.engine = this.engine.clone();
    copy.spare = this.spare;
    return copy;
  }

  /** The next `count` values of N(0, 1). */
  randn(count: number): Float32Array<ArrayBuffer> {
    const values = new Float32Array(count);
    if (count < blockSize) {
      for (let i = 0; i < count; i++) values[i] = this.nextNormal();
      return values;
    }
    for (let i = 0; i < count; i++) values[i] = this.nextUniform24();
    for (let start = 0; start + blockSize <= count; start += blockSize) boxMullerBlock(values, start);
    if (count % blockSize !== 0) {
      const start = count - blockSize;
      for (let i = start; i < count; i++) values[i] = this.nextUniform24();
      boxMullerBlock(values, start);
    }
    return values;
  }

  private nextUniform24(): number {
    return (this.engine.next() & 0xff_ffff) * 2 ** -24;
  }

  private nextUniform53(): number {
    const high = this.engine.next() & 0x1f_ffff;
    return (high * 2 ** 32 + this.engine.next()) * 2 ** -53;
  }

  private nextNormal(): number {
    if (this.spare !== null) {
      const spare = this.spare;
      this.spare = null;
      return spare;
    }
    const angle = 2 * Math.PI * this.nextUniform53();
    const radius = Math.sqrt(-2 * Math.log1p(-this.nextUniform53()));
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }
}

/** Turns 16 uniforms into 16 normals in place; the first eight give the radius, the last eight the angle. */
function boxMullerBlock(values: Float32Array, start: number): void {
  for (let i = start; i < start + halfBlock; i++) {
    const radius = Math.sqrt(-2 * Math.log(1 - (values[i] ?? 0)));
    const angle = 2 * Math.PI * (values[i + halfBlock] ?? 0);
    values[i] = radius * Math.cos(angle);
    values[i + halfBlock] = radius * Math.sin(angle);
  }
}

const stateSize = 624;
const shiftSize = 397;

class MersenneTwister {
  private readonly state = new Uint32Array(stateSize);
  private index = stateSize;

  constructor(seed: number) {
    this.state[0] = seed;
    for (let i = 1; i < stateSize; i++) {
      const previous = this.word(i - 1);
      this.state[i] = Math.imul(1_812_433_253, previous ^ (previous >>> 30)) + i;
    }
  }

  clone(): MersenneTwister {
    const copy = new MersenneTwister(0);
    copy.state.set(this.state);
    copy.index = this.index;
    return copy;
  }

  /** The next 32 random bits, as an unsigned number. */
  next(): number {
    if (this.index === stateSize) this.twist();
    let bits = this.word(this.index++);
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c_5680;
    bits ^= (bits << 15) & 0xefc6_0000;
    return (bits ^ (bits >>> 18)) >>> 0;
  }

  private twist(): void {
    for (let i = 0; i < stateSize; i++) {
      const mixed = (this.word(i) & 0x8000_0000) | (this.word((i + 1) % stateSize) & 0x7fff_ffff);
      const odd = (mixed & 1) === 1 ? 0x9908_b0df : 0;
      this.state[i] = this.word((i + shiftSize) % stateSize) ^ (mixed >>> 1) ^ odd;
    }
    this.index = 0;
  }

  private word(index: number): number {
    return this.state[index] ?? 0;
  }
}
