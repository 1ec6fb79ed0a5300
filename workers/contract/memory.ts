/** What a plan for the GPU's memory chooses. Part of the contract: see api.ts. */
import * as z from 'zod';

/** Numbers of 16 or of 32 bits: how files (safetensors) and graphs (ONNX) call them, and their size in bytes. */
export const precisions = {
  f16: { dtype: 'F16', type: 'float16', bytes: 2 },
  f32: { dtype: 'F32', type: 'float32', bytes: 4 },
} as const;

export type Precision = keyof typeof precisions;
/** The element types of files that the graphs compute in. */
export type ComputeDtype = (typeof precisions)[Precision]['dtype'];
/** The element types of graphs and tensors that are computed in. */
export type ComputeType = (typeof precisions)[Precision]['type'];

/** The precision of a name that a file or a graph has for it. */
export function precisionOf(name: ComputeDtype | ComputeType): Precision {
  return name === precisions.f16.dtype || name === precisions.f16.type ? 'f16' : 'f32';
}

const levels = {
  precision: z.enum(['f16', 'f32']),
  /** All guidance branches in one UNet call, or one call each (slower, less memory). */
  branches: z.enum(['together', 'one-by-one']),
  /** Edge of a VAE tile in latent pixels; 0 decodes in one piece. */
  vaeTile: z.int().min(0).max(128),
  /** Keep the text and image encoders on the GPU between pictures; else they take turns with the network. */
  keepEncoders: z.boolean(),
  /** Keep the buffers of a step for the next one, instead of giving them back while it runs. */
  keepBuffers: z.boolean(),
};

export const memoryLevelsSchema = z.object(levels);
/** Some of the levels; what is absent is left to the engine. */
export const memoryChoiceSchema = z.object({
  precision: z.exactOptional(levels.precision),
  branches: z.exactOptional(levels.branches),
  vaeTile: z.exactOptional(levels.vaeTile),
  keepEncoders: z.exactOptional(levels.keepEncoders),
  keepBuffers: z.exactOptional(levels.keepBuffers),
});

/** What a memory plan chooses. */
export type MemoryLevels = Readonly<z.infer<typeof memoryLevelsSchema>>;
