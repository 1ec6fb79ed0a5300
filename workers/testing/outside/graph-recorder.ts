import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { InferenceSession, Tensor } from 'onnxruntime-web';

import { writeSafetensorsHeader } from '../../checkpoint/tensor-files/safetensors-writer.ts';
import { nodeBackend } from '../gpu/node-backend.ts';

const dtypes = { float32: 'F32', int64: 'I64', int32: 'I32' } as const;

function dtypeOf({ type }: Tensor): (typeof dtypes)[keyof typeof dtypes] {
  if (type in dtypes) return dtypes[type as keyof typeof dtypes];
  throw new RangeError(`Tensors of the type ${type} are not written.`);
}

async function writeTensors(path: string, tensors: Readonly<Record<string, Tensor>>): Promise<void> {
  const specs = Object.entries(tensors).map(([name, tensor]) => ({
    name,
    dtype: dtypeOf(tensor),
    shape: tensor.dims,
  }));
  const { header, table, size } = writeSafetensorsHeader(specs);
  const file = new Uint8Array(size);
  file.set(header);
  for (const [name, tensor] of Object.entries(tensors)) {
    const { buffer, byteOffset, byteLength } = tensor.data as Float32Array;
    file.set(new Uint8Array(buffer, byteOffset, byteLength), table.get(name)?.offset);
  }
  await writeFile(path, file);
}

/** Writes every graph that a session is opened on from now on, with what goes in and comes out of its first run. */
export class GraphRecorder {
  readonly #folder: string;
  /** What is being written: a part of the names of its folders. */
  current = '';
  count = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async begin(): Promise<void> {
    const { ort } = await nodeBackend('wasm');
    const create = ort.InferenceSession.create.bind(ort.InferenceSession) as (
      model: Uint8Array,
      options: InferenceSession.SessionOptions,
    ) => Promise<InferenceSession>;
    const record = async (model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession> => {
      this.count += 1;
      const place = join(this.#folder, `${String(this.count).padStart(3, '0')}-${this.current}`);
      await mkdir(place, { recursive: true });
      await writeFile(join(place, 'model.onnx'), model);
      for (const { path, data } of (options.externalData ?? []) as { path: string; data: Blob | Uint8Array }[])
        await writeFile(join(place, path), data instanceof Blob ? new Uint8Array(await data.arrayBuffer()) : data);
      const session = await create(model, options);
      recordFirstRun(session, place);
      return session;
    };
    Object.assign(ort.InferenceSession, { create: record });
  }
}

function recordFirstRun(session: InferenceSession, place: string): void {
  const run = session.run.bind(session);
  let isWritten = false;
  session.run = async (feeds: InferenceSession.FeedsType) => {
    const isFirst = !isWritten;
    isWritten = true;
    if (isFirst) await writeTensors(join(place, 'feeds.safetensors'), feeds);
    const results = await run(feeds);
    if (isFirst) await writeTensors(join(place, 'results.safetensors'), results);
    return results;
  };
}
