import type { LoadModelRequest } from '../../api.ts';

/** What can be exchanged or brought while everything else of a model stays, by what it is for. */
const exchangeable = {
  look: ['ipAdapter', 'lookImageEncoder'],
  tiny: ['tinyAutoencoder'],
  vaeEncoder: ['withVaeEncoder'],
} as const satisfies Readonly<Record<string, readonly (keyof LoadModelRequest)[]>>;

const groups = Object.keys(exchangeable) as (keyof typeof exchangeable)[];
const keys = new Set<string>(Object.values(exchangeable).flat());

/** Which of what can be exchanged differs between two loads; null where anything else does. */
export function exchanged(a: LoadModelRequest, b: LoadModelRequest): ReadonlySet<keyof typeof exchangeable> | null {
  if (text(withoutExchangeable(a)) !== text(withoutExchangeable(b))) return null;
  const differs = (key: keyof LoadModelRequest): boolean => text(a[key] ?? null) !== text(b[key] ?? null);
  return new Set(groups.filter((group) => exchangeable[group].some(differs)));
}

function withoutExchangeable(request: LoadModelRequest): unknown {
  return Object.fromEntries(Object.entries(request).filter(([key]) => !keys.has(key)));
}

/**
 * Whether a load differs from the one before in LoRA files, or in their weights, and in nothing else. An encoder of the VAE
 * that is there already stays.
 */
export function differsInLorasOnly(before: LoadModelRequest, now: LoadModelRequest): boolean {
  const encoder = before.withVaeEncoder === true ? { withVaeEncoder: true } : {};
  const others = exchanged({ ...before, loras: [] }, { ...now, loras: [], ...encoder });
  return others?.size === 0 && text(before.loras) !== text(now.loras);
}

/** Files are told apart by what the browser says of them. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof File ? [inner.name, inner.size, inner.lastModified] : inner,
  );
}
