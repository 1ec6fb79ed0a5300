import { GraphBuilder, int, type KernelSet, type Value } from '../onnx/graph-builder.ts';
import { add, reshape } from '../ops/tensor.ts';
import { branchDimension } from '../modules/unet-context.ts';

/** RGB in 0…1 = matrix · latents + bias, at each latent pixel. */
export interface PreviewMatrix {
  /** [3][4] */
  readonly matrix: readonly (readonly number[])[];
  /** [3] */
  readonly bias: readonly number[];
}

export interface UpdateOptions {
  /** Of the latents. */
  readonly height: number;
  readonly width: number;
  readonly preview: PreviewMatrix;
}

/**
 * Guidance (UMM-Diffusion, Eq. 8), the sampler's update and the preview:
 * [x_{t−1}; x̂_0] = coefficients · [ε_1 … ε_B; x_t; history; noise], each flattened to a row.
 * Declares the inputs history, noise f32 [1, 4, h, w] and coefficients f32 [2, B + 3], and the outputs next_latents,
 * predicted_original f32 [1, 4, h, w] and preview f32 [1, 3, h, w], which is not clamped.
 */
export function addFusedUpdate(
  graph: GraphBuilder,
  noisePredictions: Value,
  latents: Value,
  options: UpdateOptions,
): void {
  const { height, width } = options;
  const pixels = height * width;
  const latentShape = [1, 4, height, width];
  const history = graph.input('history', 'float32', latentShape);
  const noise = graph.input('noise', 'float32', latentShape);
  const coefficients = graph.input('coefficients', 'float32', [2, 'rows']);
  const rows = graph.node(
    'Concat',
    [
      reshape(graph, noisePredictions, [branchDimension, 4 * pixels]),
      ...[latents, history, noise].map((value) => reshape(graph, value, [1, 4 * pixels])),
    ],
    { type: 'float32', shape: ['rows', 4 * pixels] },
    { attributes: { axis: int(0) } },
  );
  const products = graph.node('MatMul', [coefficients, rows], { type: 'float32', shape: [2, 4 * pixels] });
  const row = { type: 'float32', shape: [1, 4 * pixels] } as const;
  const [next, original] = graph.nodes('Split', [products], [row, row], {
    attributes: { axis: int(0), num_outputs: int(2) },
  });
  if (next === undefined || original === undefined) throw new RangeError('Split has two outputs.');
  graph.output('next_latents', reshape(graph, next, latentShape));
  graph.output('predicted_original', reshape(graph, original, latentShape));
  graph.output('preview', previewOf(graph, original, options));
}

function previewOf(graph: GraphBuilder, original: Value, { height, width, preview }: UpdateOptions): Value {
  const columns = reshape(graph, original, [4, height * width]);
  const matrix = graph.floats('preview matrix', preview.matrix.flat(), [3, 4], 'float32');
  const bias = graph.floats('preview bias', preview.bias, [3, 1], 'float32');
  const product = graph.node('MatMul', [matrix, columns], { type: 'float32', shape: [3, height * width] });
  return reshape(graph, add(graph, product, bias), [1, 3, height, width]);
}

/**
 * Builds the update alone, for memory plans that run the branches one by one.
 * Inputs: noise_predictions f32 [B, 4, h, w], latents f32 [1, 4, h, w] and those of addFusedUpdate.
 */
export function buildFusedUpdate(options: UpdateOptions & { readonly kernels: KernelSet }): Uint8Array<ArrayBuffer> {
  const graph = new GraphBuilder('fused-update', options.kernels);
  const { height, width } = options;
  const predictions = graph.input('noise_predictions', 'float32', [branchDimension, 4, height, width]);
  const latents = graph.input('latents', 'float32', [1, 4, height, width]);
  addFusedUpdate(graph, predictions, latents, options);
  return graph.build();
}
