/** Bounds that window, worker and the unattended command share. Part of the contract: see api.ts. */

/** How strongly a LoRA file is merged; 1 is as it was trained, a negative weight turns it round. */
export const loraWeight = { min: -2, max: 2, step: 0.05, default: 1 } as const;
