import type { LoadModelRequest } from '../../api.ts';

/** Whether two loads differ in the IP-Adapter, or in its image encoder, and in nothing else. */
export function differsInLookOnly(a: LoadModelRequest, b: LoadModelRequest): boolean {
  return text(withoutLook(a)) === text(withoutLook(b)) && text(lookOf(a)) !== text(lookOf(b));
}

function lookOf({ ipAdapter, lookImageEncoder }: LoadModelRequest): unknown {
  return [ipAdapter, lookImageEncoder];
}

function withoutLook(request: LoadModelRequest): unknown {
  return { ...request, ipAdapter: null, lookImageEncoder: null };
}

/** Files are told apart by what the browser says of them. */
function text(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    inner instanceof File ? [inner.name, inner.size, inner.lastModified] : inner,
  );
}
