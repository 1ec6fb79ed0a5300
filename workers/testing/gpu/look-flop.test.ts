import { describe, expect, it } from 'vitest';

import { FlopCounter } from './flop-counter.ts';
import { flopOfLook } from './look-flop.ts';
import { readUNetShapes } from './unet-shapes.ts';

const shapes = await readUNetShapes();
/** torch.utils.flop_counter of UNet2DConditionModel with AttnProcessor, latents [1, 4, 64, 64], text [1, 77, 768]. */
const flopOfTorch = 803_273_441_280;

/** @param edge of the picture, in pixels */
const atEdge = (edge: number, lookTokens: number) =>
  flopOfLook(shapes, { height: edge / 8, width: edge / 8, tokens: 77, lookTokens });

describe('what a step computes', () => {
  it('is counted in products, convolutions and attentions', () => {
    const graph = new FlopCounter({ rows: 5 });
    const type = 'float32' as const;
    const x = graph.input('x', type, ['rows', 3]);
    const gemm = graph.node('Gemm', [x, graph.input('w', type, [7, 3])], { type, shape: ['rows', 7] });
    expect(graph.flop).toBe(2 * 5 * 3 * 7);
    graph.node('MatMul', [gemm, graph.input('m', type, [7, 2])], { type, shape: ['rows', 2] });
    graph.node('Add', [x, x], x);
    expect(graph.flop).toBe(2 * 5 * 3 * 7 + 2 * 5 * 7 * 2);
  });

  it('of Stable Diffusion 1.5 at 512 × 512 is what torch counts of diffusers’, but for what is made once a run', () => {
    const elements = (name: RegExp): number =>
      Object.entries(shapes.tensors).reduce(
        (sum, [key, shape]) => sum + (name.test(key) ? shape.reduce((a, b) => a * b) : 0),
        0,
      );
    const text = 77 * elements(/attn2\.to_[kv]\.weight$/);
    const timestep = elements(/^time_embedding\.\w+\.weight$|time_emb_proj\.weight$/);
    expect(atEdge(512, 16).without + 2 * (text + timestep)).toBe(flopOfTorch);
  });

  // IP-Adapter-Plus, and full-face, which has the most.
  it.each([16, 257])('grows by less than three percent with a look of %i tokens', (lookTokens) => {
    const { without, withLook } = atEdge(512, lookTokens);
    expect(withLook).toBeGreaterThan(without);
    expect(withLook / without - 1).toBeLessThan(0.03);
  });
});
