/** Bounds that window, worker and the unattended command share. Part of the contract: see api.ts. */

/** How strongly a LoRA file is merged; 1 is as it was trained, a negative weight turns it round. */
export const loraWeight = { min: -2, max: 2, step: 0.05, default: 1 } as const;

/**
 * Bytes of graphics memory that are expected to be free. WebGPU hides the size of the GPU's memory; adapters bind at most
 * about a quarter of it in one buffer.
 */
export function expectedFreeMemory(maxBufferSize: number): number {
  return Math.max(1 << 30, 4 * maxBufferSize);
}

/** How strongly a pin's look speaks; 0 is without it, 1 as the adapter was trained. */
export const lookStrength = { min: 0, max: 1.5, step: 0.05, default: 1 } as const;

/** How strongly a pin's fine detail speaks; 0 is without it, 1 as FreeCustom weighs it. */
export const detailStrength = { min: 0, max: 1.5, step: 0.05, default: 1 } as const;

/** What of a pin's pictures is taken over, as people call it: "what", "how", "where". */
export const lookRoles = {
  subject: 'What it is',
  style: 'How it is made',
  composition: 'Where things are',
} as const;

export type LookRole = keyof typeof lookRoles;

/** How the look of every pin begins. */
export const defaultLook = { on: true, strength: lookStrength.default, role: 'subject' } as const;
