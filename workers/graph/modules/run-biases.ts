import { placedBlocks, type UNetConfig } from '../config/unet-config.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { Parameters } from '../onnx/parameters.ts';

interface PlacedModule {
  /** The path of the module. */
  readonly path: string;
  readonly channels: number;
}

interface PlacedTransformer extends PlacedModule {
  /** Inside it, the path of the layer that its last sum comes from. */
  readonly lastLinear: string;
}

/** Every resnet in the order of computation. */
export function resnetPlaces(config: UNetConfig): PlacedModule[] {
  return placedBlocks(config).flatMap(({ path, block: { channels }, resnets }) =>
    Array.from({ length: resnets }, (_, index) => ({ path: `${path}.resnets.${index}`, channels })),
  );
}

/** Every transformer in the order of computation. */
export function transformerPlaces(config: UNetConfig): PlacedTransformer[] {
  return placedBlocks(config).flatMap(({ path, block: { channels, transformerLayers }, attentions }) =>
    Array.from({ length: attentions }, (_, index) => ({
      path: `${path}.attentions.${index}`,
      channels,
      lastLinear: `transformer_blocks.${transformerLayers - 1}.ff.net.2`,
    })),
  );
}

/** What a module's bias is called where it crosses from one graph to another. */
export const runBiasName = (modulePath: string): string => `${modulePath}.bias`;

/** The bias of a module that is made once a run, and not read from the weights (graphs/run-biases.ts). */
export function runBias(graph: GraphBuilder, parameters: Parameters, shape: readonly number[]): Value {
  return graph.input(runBiasName(parameters.modulePath), parameters.type, shape);
}

/** Whether what is made is a table [T, C], of which each step is fed its row [C]. */
export const hasRowPerStep = (name: string): boolean => name.endsWith(runBiasName('.conv1'));
