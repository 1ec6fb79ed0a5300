import { z } from 'zod';

import type { TensorTable } from '../../checkpoint/tensor-table.ts';
import { PinwordError } from '../../errors.ts';
import { parseConfig } from './parse-config.ts';

/** One linear layer of a projector, at `path`.weight and `path`.bias, and what follows it. */
export interface ProjectorLayer {
  readonly path: string;
  readonly activation: 'gelu' | 'relu' | null;
  readonly outputDim: number;
}

const size = z.int().positive();

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
  const { hidden_dims, output_dim, activation } = parseConfig(schema, config, file);
  return [...hidden_dims, output_dim].map((outputDim, index) => ({
    path: `layers.${index}`,
    activation: index < hidden_dims.length ? activation : null,
    outputDim,
  }));
}

/** Published networks that come without a config: their linear layers, and the activation between them. */
const published = [
  { name: 'LinCIR and SEARLE', paths: ['layers.0', 'layers.3', 'layers.6'], activation: 'gelu' },
  { name: 'Pic2Word', paths: ['layers.0.0', 'layers.1.0', 'fc_out'], activation: 'relu' },
] as const;

/**
 * Recognizes a published projector by its tensor names, which may all stand under one prefix ("Phi.", "module.").
 * @throws PinwordError 'unsupported-config' where the names are none of the known.
 */
export function recognizeProjector(table: TensorTable): ProjectorLayer[] {
  for (const { paths, activation } of published) {
    const prefix = commonPrefix(table, paths);
    if (prefix === null) continue;
    return paths.map((path, index) => ({
      path: prefix + path,
      activation: index < paths.length - 1 ? activation : null,
      outputDim: table.get(`${prefix}${path}.weight`)?.shape[0] ?? 0,
    }));
  }
  const known = published.map(({ name }) => name).join(', ');
  throw new PinwordError('unsupported-config', `This file is no projector that is known here (${known}, or our own format with a config.json).`);
}

/** The prefix under which the table holds exactly the weights and biases of these layers, or null. */
function commonPrefix(table: TensorTable, paths: readonly string[]): string | null {
  const tail = `${paths[0] ?? ''}.weight`;
  const first = [...table.keys()].find((name) => name === tail || name.endsWith(`.${tail}`));
  if (first === undefined || table.size !== 2 * paths.length) return null;
  const prefix = first.slice(0, -tail.length);
  return paths.every((path) => table.has(`${prefix}${path}.weight`) && table.has(`${prefix}${path}.bias`)) ? prefix : null;
}
