import { z } from 'zod';

import { parseConfig, size } from './parse-config.ts';

/** One linear layer of a projector, at `path`.weight and `path`.bias, and what follows it. */
export interface ProjectorLayer {
  readonly path: string;
  readonly activation: 'gelu' | 'relu' | null;
  readonly inputDim: number;
  readonly outputDim: number;
}

/** Our own format: layers.{i}.weight and .bias, an activation between two layers. */
const schema = z.object({
  _class_name: z.literal('PseudoWordProjector').optional(),
  input_dim: size,
  hidden_dims: z.array(size),
  output_dim: size,
  activation: z.literal(['gelu', 'relu']),
});

/** @throws PinwordError 'unsupported-config' naming the key whose value no builder knows. */
export function parseProjectorConfig(config: unknown, file = 'projector/config.json'): ProjectorLayer[] {
  const { input_dim, hidden_dims, output_dim, activation } = parseConfig(schema, config, file);
  const widths = [input_dim, ...hidden_dims];
  return [...hidden_dims, output_dim].map((outputDim, index) => ({
    path: `layers.${index}`,
    activation: index < hidden_dims.length ? activation : null,
    inputDim: widths[index] ?? input_dim,
    outputDim,
  }));
}
