import type { InferenceSession, Tensor } from 'onnxruntime-web';

import { fromFloat32 } from '../checkpoint/dtype.ts';
import { parseUNetConfig, type UNetConfig } from '../graph/config/unet-config.ts';
import { buildCrossAttentionStates } from '../graph/cross-attention-states.ts';
import type { KernelSet } from '../graph/graph-builder.ts';
import { type BuiltGraph, computeType } from '../graph/parameters.ts';
import { type Backend, openSession, runSession } from '../runtime/sessions.ts';
import { floatTensor, intTensor, zeroTensor } from '../runtime/tensors.ts';
import {
  entry,
  readReferenceJson,
  readReferenceTensors,
  readReferenceWeights,
  type ReferenceCase,
  type ReferenceTensor,
  type ReferenceWeights,
} from './reference-case.ts';

export const kernelsOf = (backend: Backend): KernelSet => (backend.gpu === null ? 'portable' : backend.gpu.software ? 'software-gpu' : 'gpu');

export function toTensor(backend: Backend, { values, shape }: ReferenceTensor): Tensor {
  return floatTensor(backend, values, shape);
}

/** A UNet of a reference checkpoint with its reference numbers, open on a backend. */
export class ReferenceUNet {
  readonly backend: Backend;
  readonly config: UNetConfig;
  readonly weights: ReferenceWeights;
  readonly reference: ReadonlyMap<string, ReferenceTensor>;

  private constructor(backend: Backend, config: UNetConfig, weights: ReferenceWeights, reference: ReadonlyMap<string, ReferenceTensor>) {
    this.backend = backend;
    this.config = config;
    this.weights = weights;
    this.reference = reference;
  }

  static async load(backend: Backend, name: ReferenceCase): Promise<ReferenceUNet> {
    const config = parseUNetConfig(await readReferenceJson(name, 'unet/config.json'));
    const weights = await readReferenceWeights(name, 'unet/diffusion_pytorch_model.safetensors');
    return new ReferenceUNet(backend, config, weights, await readReferenceTensors(name, 'reference/unet.safetensors'));
  }

  open({ model }: Pick<BuiltGraph, 'model'>): Promise<InferenceSession> {
    const { bytes, location } = this.weights;
    return openSession(this.backend, model, [{ path: location, data: bytes }], { strict: true });
  }

  /** The feeds that do not depend on the size: keys and values of the chosen rows, zeros, the sinusoid. */
  async conditions(rows: readonly number[]): Promise<Record<string, Tensor>> {
    const type = computeType(this.weights);
    const session = await this.open(buildCrossAttentionStates(this.config, this.weights, { kernels: kernelsOf(this.backend) }));
    const { values, shape } = entry(this.reference, 'hidden_states');
    const hiddenStates =
      type === 'float32'
        ? floatTensor(this.backend, values, shape)
        : new this.backend.ort.Tensor('float16', new Uint16Array(fromFloat32(values, 'F16').buffer), shape);
    const states = await runSession(session, {
      hidden_states: hiddenStates,
      branch_rows: intTensor(this.backend, Int32Array.from(rows), [rows.length]),
    });
    await session.release();
    return {
      ...states,
      branch_zeros: zeroTensor(this.backend, type, [rows.length, 1, 1]),
      time_embedding: toTensor(this.backend, entry(this.reference, 'time_embedding')),
    };
  }
}
