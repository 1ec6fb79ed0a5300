/** The one list of schedulers. Part of the contract: see api.ts. */

interface SchedulerRow {
  /** For people, and for PNG files: as AUTOMATIC1111 and the tools after it write it. */
  readonly label: string;
  /** The class of diffusers that it equals, and whose defaults it takes where a checkpoint's file says nothing. */
  readonly diffusersClass: string;
  /** What it asks of that class, whatever the checkpoint's file says. */
  readonly fixed?: { readonly use_karras_sigmas: boolean };
  /** What η is called in PNG files; null where the scheduler does not look at η. */
  readonly etaKey: string | null;
  /** Most steps that it takes with the usual 1000 training timesteps. */
  readonly maxSteps: number;
  /** Made for networks that were distilled to a few large steps. */
  readonly isForFewSteps: boolean;
}

const usual = { etaKey: null, maxSteps: 1000, isForFewSteps: false } as const;

/** In the order in which they are offered. */
export const schedulers = {
  ddim: { ...usual, label: 'DDIM', diffusersClass: 'DDIMScheduler', etaKey: 'Eta DDIM' },
  'dpmsolver++2m': { ...usual, label: 'DPM++ 2M', diffusersClass: 'DPMSolverMultistepScheduler' },
  'dpmsolver++2m-karras': {
    ...usual,
    label: 'DPM++ 2M Karras',
    diffusersClass: 'DPMSolverMultistepScheduler',
    fixed: { use_karras_sigmas: true },
  },
  euler: { ...usual, label: 'Euler', diffusersClass: 'EulerDiscreteScheduler' },
  'euler-ancestral': { ...usual, label: 'Euler a', diffusersClass: 'EulerAncestralDiscreteScheduler' },
  lcm: { label: 'LCM', diffusersClass: 'LCMScheduler', etaKey: null, maxSteps: 50, isForFewSteps: true },
  tcd: { label: 'TCD', diffusersClass: 'TCDScheduler', etaKey: 'Eta', maxSteps: 50, isForFewSteps: true },
} as const satisfies Readonly<Record<string, SchedulerRow>>;

export type SchedulerName = keyof typeof schedulers;
export type DiffusersSchedulerClass = (typeof schedulers)[SchedulerName]['diffusersClass'];

export const schedulerNames = Object.keys(schedulers) as readonly SchedulerName[];

export const schedulerLabels = Object.fromEntries(
  schedulerNames.map((name) => [name, schedulers[name].label]),
) as unknown as { readonly [Name in SchedulerName]: (typeof schedulers)[Name]['label'] };
