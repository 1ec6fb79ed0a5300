/** The schedulers by their names, and what people call them. Part of the contract: see api.ts. */
export const schedulers = {
  ddim: 'DDIM',
  'dpmsolver++2m-karras': 'DPM++ 2M Karras',
  euler: 'Euler',
  'euler-ancestral': 'Euler a',
  lcm: 'LCM',
} as const;
