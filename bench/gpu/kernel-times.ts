/** What one kernel took of the GPU's time. */
interface KernelTime {
  readonly name: string;
  readonly dispatches: number;
  readonly milliseconds: number;
  /** Of the time of all kernels. */
  readonly share: number;
}

/** ONNX Runtime's line for each dispatch, where its session logs information. */
const startLine = /Starting program "([^"|[:]+)/u;
/** All else that such a session tells; errors are shown. */
const information = /\[[IW]:onnxruntime:/u;
const bytesOfTimestamp = 8;
/** As many as WebGPU lets a query set have; a dispatch takes two. */
const mostQueries = 4096;

/**
 * Kernel names from what ONNX Runtime logs. Its output is bound when its module starts, so that this must be made before.
 * What else is logged, goes on as it was, but for information and what such a session warns of.
 */
export class KernelLog {
  #names: string[] | null = null;

  constructor() {
    for (const method of ['log', 'info', 'warn', 'error'] as const) {
      const write = console[method].bind(console);
      console[method] = (...words: unknown[]) => {
        const line = words.join(' ');
        const [, name] = startLine.exec(line) ?? [];
        if (name !== undefined) this.#names?.push(name);
        else if (!information.test(line)) write(...words);
      };
    }
  }

  /** In the order of their dispatches. */
  async during(run: () => Promise<unknown>): Promise<readonly string[]> {
    const names: string[] = [];
    this.#names = names;
    await run().finally(() => {
      this.#names = null;
    });
    return names;
  }
}

/**
 * Gives each dispatch a pass of its own with a timestamp before and after it, which makes a run slower and tells where
 * the GPU's time goes. What comes after the first 2048 dispatches is not timed.
 * @returns milliseconds of each dispatch in order. @throws where the device has no timestamps
 */
export async function timeDispatches(device: GPUDevice, run: () => Promise<unknown>): Promise<readonly number[]> {
  const querySet = device.createQuerySet({ type: 'timestamp', count: mostQueries });
  let queries = 0;
  const begin = Reflect.get<GPUCommandEncoder, 'beginComputePass'>(GPUCommandEncoder.prototype, 'beginComputePass');
  GPUCommandEncoder.prototype.beginComputePass = function beginTimed(this: GPUCommandEncoder) {
    return passPerDispatch(() => {
      if (queries + 2 > mostQueries) return begin.call(this);
      const timestampWrites = { querySet, beginningOfPassWriteIndex: queries, endOfPassWriteIndex: queries + 1 };
      queries += 2;
      return begin.call(this, { timestampWrites });
    });
  };
  try {
    await run();
  } finally {
    GPUCommandEncoder.prototype.beginComputePass = begin;
  }
  return readTimes(device, querySet, queries);
}

/** What a pass is told before a dispatch is told to that dispatch's own pass. */
function passPerDispatch(begin: () => GPUComputePassEncoder): GPUComputePassEncoder {
  let pipeline: GPUComputePipeline | null = null;
  const groups = new Map<number, readonly unknown[]>();
  const dispatch = (name: 'dispatchWorkgroups' | 'dispatchWorkgroupsIndirect', sizes: readonly unknown[]): void => {
    if (pipeline === null) throw new RangeError('There is no pipeline.');
    const pass = begin();
    pass.setPipeline(pipeline);
    for (const group of groups.values()) Reflect.apply(pass.setBindGroup.bind(pass), pass, group);
    Reflect.apply(pass[name].bind(pass), pass, sizes);
    pass.end();
  };
  const told = {
    label: '',
    setPipeline: (given: GPUComputePipeline) => {
      pipeline = given;
    },
    setBindGroup: (...group: readonly unknown[]) => groups.set(Number(group[0]), group),
    dispatchWorkgroups: (...sizes: readonly unknown[]) => {
      dispatch('dispatchWorkgroups', sizes);
    },
    dispatchWorkgroupsIndirect: (...sizes: readonly unknown[]) => {
      dispatch('dispatchWorkgroupsIndirect', sizes);
    },
    end: () => undefined,
  };
  return told as unknown as GPUComputePassEncoder;
}

async function readTimes(device: GPUDevice, querySet: GPUQuerySet, queries: number): Promise<readonly number[]> {
  const size = Math.max(queries, 2) * bytesOfTimestamp;
  const resolved = device.createBuffer({ size, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
  const read = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.resolveQuerySet(querySet, 0, queries, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, read, 0, size);
  device.queue.submit([encoder.finish()]);
  await read.mapAsync(GPUMapMode.READ);
  const stamps = new BigUint64Array(read.getMappedRange().slice(0));
  for (const made of [read, resolved, querySet]) made.destroy();
  return Array.from({ length: queries / 2 }, (_, index) => {
    const [start = 0n, end = 0n] = stamps.subarray(2 * index, 2 * index + 2);
    return Number(end - start) / 1e6;
  });
}

/** The most expensive kernel first. @param names and times of the same dispatches; names may be unknown */
export function kernelTimes(names: readonly string[], times: readonly number[]): readonly KernelTime[] {
  const total = times.reduce((sum, time) => sum + time, 0);
  const known = names.length >= times.length;
  const byName = new Map<string, number[]>();
  for (const [index, time] of times.entries()) {
    const name = (known ? names[index] : undefined) ?? 'unknown';
    byName.set(name, [...(byName.get(name) ?? []), time]);
  }
  return [...byName]
    .map(([name, all]) => {
      const milliseconds = all.reduce((sum, time) => sum + time, 0);
      return { name, dispatches: all.length, milliseconds, share: total === 0 ? 0 : milliseconds / total };
    })
    .sort((a, b) => b.milliseconds - a.milliseconds);
}
