import type { TensorInfo } from '../../checkpoint/tensors/tensor-table.ts';
import { parseUNetConfig } from '../../graph/config/unet-config.ts';
import { addUNet, latentsInput } from '../../graph/graphs/unet.ts';
import { Parameters } from '../../graph/onnx/parameters.ts';
import { FlopCounter } from './flop-counter.ts';
import type { UNetShapes } from './unet-shapes.ts';

interface LookedAt {
  /** Of the latents. */
  readonly height: number;
  readonly width: number;
  /** Of the text. */
  readonly tokens: number;
  /** Of the pinned picture. */
  readonly lookTokens: number;
}

/** What one branch of a step computes, without a look and with that of one pinned picture, in FLOP. */
export function flopOfLook(
  { config: json, tensors }: UNetShapes,
  { height, width, tokens, lookTokens }: LookedAt,
): { readonly without: number; readonly withLook: number } {
  const config = parseUNetConfig(json);
  const table = new Map<string, TensorInfo>(
    Object.entries(tensors).map(([name, shape]) => [name, { dtype: 'F16', shape, offset: 0, length: 0 }]),
  );
  const count = (look: 'one' | false): number => {
    const graph = new FlopCounter({ branches: 1, tokens, look_tokens: lookTokens });
    const parameters = new Parameters(graph, { table, location: 'unet' });
    const options = { kernels: graph.kernels, height, width, look };
    addUNet(graph, parameters, config, latentsInput(graph, config, options), options);
    return graph.flop;
  };
  return { without: count(false), withLook: count('one') };
}
