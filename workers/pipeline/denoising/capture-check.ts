import type { GuidanceSchedule, MemoryLevels } from '../../api.ts';
import { buildChain, chainShapes, chainTensors } from '../../graph/graphs/chain.ts';
import { CapturedRun } from '../../runtime/captured-run.ts';
import type { Gpu } from '../../runtime/device.ts';
import { ownedTensors, type OwnedTensor } from '../../runtime/owned-tensor.ts';
import { runInto, type RunInto } from '../../runtime/run-into.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import { openSession, type Backend } from '../../runtime/sessions.ts';
import { kernelsOf } from '../modules/kernels.ts';

/** What trying it out has shown: it gives other numbers than plain runs, or none; it is right and faster; or only right. */
type CaptureVerdict = 'wrong' | 'helps' | 'no-help';

/** Runs of each kind: the first of them compile and record. */
const rounds = 6;
const verdicts = new WeakMap<Gpu, Promise<CaptureVerdict>>();

/** Whether captured runs help on this adapter, tried out once. On software adapters the host is not what is waited for. */
export function captureVerdict(backend: Backend): Promise<CaptureVerdict> {
  const { gpu } = backend;
  if (gpu === null || gpu.software) return Promise.resolve('no-help');
  const known = verdicts.get(gpu);
  if (known !== undefined) return known;
  const verdict = tryCapture(backend).catch(() => 'wrong' as const);
  verdicts.set(gpu, verdict);
  return verdict;
}

/** A captured run could not be opened: others are not tried. */
export function giveUpCapture({ gpu }: Backend): void {
  if (gpu !== null) verdicts.set(gpu, Promise.resolve('wrong'));
}

/**
 * Whether a run's steps are to be captured: where that helps, its buffers stay, and its branches are the same throughout,
 * because each set of branches is captured by a session of its own.
 */
export async function capturesSteps(
  backend: Backend,
  { branches, keepBuffers }: Pick<MemoryLevels, 'branches' | 'keepBuffers'>,
  schedule: GuidanceSchedule,
): Promise<boolean> {
  const isConstant = [schedule.alpha, schedule.guidanceScale].every(({ from, to }) => from === 0 && to === 1);
  if (branches !== 'together' || !keepBuffers || !isConstant) return false;
  return (await captureVerdict(backend)) === 'helps';
}

/** Runs a chain of small operators captured and plain, on changing inputs. @throws where it cannot be captured */
export async function tryCapture(backend: Backend): Promise<CaptureVerdict> {
  const slots = [new SessionSlot(), new SessionSlot()] as const;
  const tensors = await ownedTensors(backend, [chainShapes.x, chainShapes.weight, chainShapes.x]);
  let captured: CapturedRun | null = null;
  try {
    const open = (captures: boolean) => () =>
      openSession(backend, buildChain(kernelsOf(backend)), [], { gpuOutputs: [chainTensors.y], captures });
    const plain = await slots[0].get('', open(false));
    captured = await CapturedRun.open(backend, slots[1], open(true));
    const expected = await timed(backend, tensors, (...call) => runInto(plain, ...call));
    const actual = await timed(backend, tensors, captured.runInto);
    const areNumbers = expected.numbers.some((value) => value !== 0);
    if (!areNumbers || !sameBits(expected.numbers, actual.numbers)) return 'wrong';
    return actual.milliseconds < expected.milliseconds ? 'helps' : 'no-help';
  } finally {
    for (const tensor of tensors) tensor.dispose();
    captured?.dispose();
    for (const slot of slots) await slot.release();
  }
}

interface Timed {
  readonly numbers: Float32Array;
  /** The median of a run, to the end of what the GPU does. */
  readonly milliseconds: number;
}

async function timed({ gpu }: Backend, tensors: readonly OwnedTensor[], run: RunInto): Promise<Timed> {
  const [x, weight, y] = tensors;
  if (!x || !weight || !y) throw new RangeError('A tensor was asked for and not made.');
  const numbers: number[] = [];
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [index, tensor] of [x, weight].entries()) tensor.write(wave(tensor.tensor.size, round + index));
    const start = performance.now();
    const feeds = { [chainTensors.x]: x.tensor, [chainTensors.weight]: weight.tensor };
    await run(feeds, { [chainTensors.y]: y.tensor }, round === 0);
    await gpu?.device.queue.onSubmittedWorkDone();
    times.push(performance.now() - start);
    numbers.push(...(await y.read()));
  }
  const warm = times.slice(2).sort((a, b) => a - b);
  return { numbers: Float32Array.from(numbers), milliseconds: warm[Math.floor(warm.length / 2)] ?? Infinity };
}

const wave = (size: number, phase: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: size }, (_, index) => Math.sin(phase + 0.7 * index));

function sameBits(a: Float32Array, b: Float32Array): boolean {
  const bits = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length);
  const others = bits(b);
  return a.length === b.length && bits(a).every((value, index) => value === others[index]);
}
