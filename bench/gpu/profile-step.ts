import type { Precision } from '../../workers/contract/memory.ts';
import type { Backend } from '../../workers/runtime/sessions.ts';
import { drawnUNet } from '../../workers/testing/gpu/drawn-unet.ts';
import { stepper } from '../../workers/testing/gpu/stepper.ts';
import type { KernelLog } from './kernel-times.ts';
import { kernelTimes, timeDispatches } from './kernel-times.ts';
import { setups, type StepOptions } from './measure-steps.ts';

interface Profile {
  /** Of all dispatches of a step. */
  readonly names: readonly string[];
  /** null where the device tells no timestamps. */
  readonly kernels: ReturnType<typeof kernelTimes> | null;
}

/** The severity at which a session logs what it dispatches. */
const information = 1;

/** Which kernels a step of three branches takes, and what share of the time of each. */
export async function profileStep(
  backend: Backend,
  log: KernelLog,
  precision: Precision,
  { shapes, narrowing, edge }: StepOptions,
): Promise<Profile> {
  const { gpu } = backend;
  if (gpu === null) throw new RangeError('There is no graphics processor.');
  const unet = await drawnUNet({ narrowing, precision, shapes });
  const step = await stepper(talkative(backend), unet, { height: edge, width: edge }, setups.plain.mode);
  await step.run(3, 1);
  const names = await log.during(() => step.run(3, 1));
  const times = gpu.device.features.has('timestamp-query')
    ? await timeDispatches(gpu.device, () => step.run(3, 1))
    : null;
  await step.release();
  return { names, kernels: times === null ? null : kernelTimes(names, times) };
}

/** The same runtime, whose sessions log information. */
function talkative({ ort, gpu }: Backend): Backend {
  const create = ort.InferenceSession.create.bind(ort.InferenceSession) as (
    model: Uint8Array,
    options: object,
  ) => Promise<unknown>;
  const InferenceSession = {
    create: (model: Uint8Array, options: object) => create(model, { ...options, logSeverityLevel: information }),
  };
  return { ort: { ...ort, InferenceSession } as unknown as Backend['ort'], gpu };
}
