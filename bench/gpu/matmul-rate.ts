import type { ComputeType } from '../../workers/contract/memory.ts';
import { GraphBuilder } from '../../workers/graph/onnx/graph-builder.ts';
import { gemm } from '../../workers/graph/ops/linear.ts';
import { kernelsOf } from '../../workers/pipeline/modules/kernels.ts';
import { openSession, runSession, type Backend } from '../../workers/runtime/sessions.ts';
import { zeroTensor } from '../../workers/runtime/tensors.ts';
import { median } from '../rounds.ts';

const products = 8;
const rounds = 5;
const names = { x: 'x', weight: 'weight', y: 'y' } as const;

/** Products one after the other, as the network's linear layers make them. Inputs x, weight [n, n]; output y [n, n]. */
function buildProducts(type: ComputeType, edge: number, kernels: ReturnType<typeof kernelsOf>): Uint8Array {
  const graph = new GraphBuilder('products', kernels);
  const weight = graph.input(names.weight, type, [edge, edge]);
  let x = graph.input(names.x, type, [edge, edge]);
  for (let index = 0; index < products; index++) x = gemm(graph, x, weight, []);
  graph.output(names.y, x);
  return graph.build();
}

/** 1 / edge everywhere, which their product is again. @param edge a power of 2 */
function filled(type: ComputeType, edge: number): Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> {
  if (type === 'float32') return new Float32Array(edge ** 2).fill(1 / edge);
  return new Uint16Array(edge ** 2).fill((15 - Math.log2(edge)) << 10);
}

/** Billions of multiplications and additions a second, of products of matrices with this edge. @param edge a power of 2 */
export async function matMulRate(backend: Backend, type: ComputeType, edge: number): Promise<number> {
  const { gpu } = backend;
  if (gpu === null) throw new RangeError('There is no graphics processor.');
  const model = buildProducts(type, edge, kernelsOf(backend));
  const session = await openSession(backend, model, [], { gpuOutputs: [names.y] });
  const x = await zeroTensor(backend, type, [edge, edge]);
  const weight = await zeroTensor(backend, type, [edge, edge]);
  for (const tensor of [x, weight]) gpu.device.queue.writeBuffer(tensor.gpuBuffer, 0, filled(type, edge));
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now();
    const results = await runSession(session, { x, weight });
    await gpu.device.queue.onSubmittedWorkDone();
    if (round > 0) times.push(performance.now() - start);
    results[names.y]?.dispose();
  }
  for (const tensor of [x, weight]) tensor.dispose();
  await session.release();
  return (products * 2 * edge ** 3) / median(times) / 1e6;
}
