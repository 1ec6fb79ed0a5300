import { clipImageEmbeds, refuseExtraVisionTensors } from '../modules/clip-vision-model.ts';
import type { ClipVisionConfig } from '../config/clip-config.ts';
import { GraphBuilder, int, type KernelSet, type Value } from '../onnx/graph-builder.ts';
import { cast, staticSize } from '../ops/tensor.ts';
import { type BuiltGraph, builtGraph, type GraphWeights, Parameters } from '../onnx/parameters.ts';

/** Names of the tensors that enter and leave the graph. */
export const safetyCheckerTensors = {
  pixelValues: 'pixel_values',
  concepts: 'concept_scores',
  specialCare: 'special_care_scores',
} as const;

/**
 * Builds diffusers' StableDiffusionSafetyChecker up to its scores: cosine of the image embedding with each concept,
 * less that concept's threshold.
 * Input: pixel_values f32 [1, 3, S, S]. Outputs: concept_scores f32 [1, 17], special_care_scores f32 [1, 3].
 * @throws PinwordError 'missing-tensor' | 'tensor-shape' | 'tensor-dtype' | 'extra-tensor'
 */
export function buildSafetyChecker(
  config: ClipVisionConfig,
  weights: GraphWeights,
  { kernels }: { readonly kernels: KernelSet },
): BuiltGraph {
  const graph = new GraphBuilder('safety-checker', kernels);
  const parameters = new Parameters(graph, weights);
  const pixelValues = graph.input(safetyCheckerTensors.pixelValues, 'float32', [
    1,
    config.num_channels,
    config.image_size,
    config.image_size,
  ]);
  const image = normalize(graph, cast(graph, clipImageEmbeds(graph, parameters, pixelValues, config), 'float32'));
  const { concepts, specialCare } = safetyCheckerTensors;
  for (const [name, kind] of [
    [concepts, 'concept'],
    [specialCare, 'special_care'],
  ] as const) {
    graph.output(name, scores(graph, parameters, image, kind));
  }
  refuseExtraVisionTensors(parameters);
  return builtGraph(graph, parameters.used);
}

function scores(graph: GraphBuilder, parameters: Parameters, image: Value, kind: string): Value {
  const [count = 0] = parameters.shapeOf(`${kind}_embeds`);
  // A few kilobytes: that the runtime folds these operators on initializers is wanted here.
  const embeds = normalize(
    graph,
    cast(graph, parameters.tensor(`${kind}_embeds`, [count, staticSize(image, -1)]), 'float32'),
  );
  const cosines = graph.node(
    'Gemm',
    [image, embeds],
    { type: 'float32', shape: [1, count] },
    { attributes: { transB: int(1) } },
  );
  const thresholds = cast(graph, parameters.tensor(`${kind}_embeds_weights`, [count], [1, count]), 'float32');
  return graph.node('Sub', [cosines, thresholds], cosines);
}

/** Divides each row by its Euclidean norm. */
function normalize(graph: GraphBuilder, rows: Value): Value {
  const shape = [rows.shape[0] ?? 1, 1];
  const squares = graph.node('Mul', [rows, rows], rows);
  const sums = graph.node(
    'ReduceSum',
    [squares, graph.integers([1])],
    { type: rows.type, shape },
    { attributes: { keepdims: int(1) } },
  );
  return graph.node('Div', [rows, graph.node('Sqrt', [sums], sums)], rows);
}
