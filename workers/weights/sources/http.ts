import { patience, within } from '../../contract/within.ts';
import { PinwordError } from '../../errors.ts';

/** What a request needs beside its URL. `wait` is replaced in tests. */
export interface HttpOptions {
  readonly signal?: AbortSignal;
  readonly wait?: (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;
}

export interface HttpFileOptions extends HttpOptions {
  /** Bytes that arrived since the last call. */
  readonly onBytes?: (bytes: number) => void;
  /**
   * Sends If-Range with partial requests. A header that makes browsers ask other origins for permission first, so that it
   * is given up where such a request fails; the validators of the answers are compared in any case.
   */
  readonly ifRange?: boolean;
  /** SHA-256 of the file in hex, known from elsewhere. */
  readonly sha256?: string | null;
}

const maxAttempts = 4;
const maxWaitMilliseconds = 60_000;

/** Resolves after a time, or rejects with 'cancelled' as soon as the signal fires. */
export function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = () => {
      clearTimeout(timer);
      reject(cancelled());
    };
    if (signal?.aborted === true) {
      reject(cancelled());
      return;
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', cancel);
      resolve();
    }, milliseconds);
    signal?.addEventListener('abort', cancel, { once: true });
  });
}

export function cancelled(): PinwordError {
  return new PinwordError('cancelled', 'The download was stopped. Load the model again to go on where it ended.');
}

/** @throws PinwordError 'cancelled' once the signal has fired. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelled();
}

/** Milliseconds of a Retry-After header: seconds or a date (RFC 9110, 10.2.3); null where it is absent or unreadable. */
export function retryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  const seconds = Number(header);
  const milliseconds = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - now;
  return Number.isFinite(milliseconds) ? Math.max(0, milliseconds) : null;
}

/**
 * One GET or HEAD. Waits and asks again, a bounded number of times, where the host says that it is busy (429, or 503
 * with Retry-After); every other status is returned as it is.
 * @throws PinwordError 'network' | 'address-with-password' | 'cancelled' | 'http-status' (still busy after the last attempt)
 */
export async function request(url: string, init: RequestInit, options: HttpOptions): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetchOnce(url, init, options);
    const pause = pauseBeforeRetry(response, attempt);
    if (pause === null) return response;
    await response.body?.cancel();
    if (attempt === maxAttempts) throw busyError(response, url);
    await (options.wait ?? wait)(Math.min(pause, maxWaitMilliseconds), options.signal);
  }
}

async function fetchOnce(url: string, init: RequestInit, options: HttpOptions): Promise<Response> {
  throwIfCancelled(options.signal);
  refusePassword(url);
  const silence = new AbortController();
  const signals = [silence.signal, ...(options.signal === undefined ? [] : [options.signal])];
  try {
    const answer = fetch(url, { ...init, signal: AbortSignal.any(signals) });
    return await within(patience.network, answer, () => {
      silence.abort();
      throw silentHost(url);
    });
  } catch (thrown) {
    if (thrown instanceof PinwordError) throw thrown;
    throwIfCancelled(options.signal);
    const message = `${hostOf(url)} could not be reached. Check the connection. Some hosts do not let other sites read their files: then download them there and open them as a folder.`;
    throw new PinwordError('network', message, { cause: thrown });
  }
}

function silentHost(url: string): PinwordError {
  return new PinwordError(
    'network',
    `${hostOf(url)} did not answer for a minute. Check the connection and try again; what has been stored is kept.`,
  );
}

/** Browsers refuse them too, in words that say nothing; addresses are shown, kept and written into recipes. */
function refusePassword(url: string): void {
  const { username = '', password = '' } = URL.parse(url) ?? {};
  if (username === '' && password === '') return;
  throw new PinwordError(
    'address-with-password',
    `The address of ${hostOf(url)} holds a user name or a password. Enter it without: an address is kept and shown.`,
  );
}

function pauseBeforeRetry(response: Response, attempt: number): number | null {
  const asked = retryAfter(response.headers.get('Retry-After'), Date.now());
  if (response.status === 429) return asked ?? 1000 * 2 ** attempt;
  return response.status === 503 ? asked : null;
}

function busyError(response: Response, url: string): PinwordError {
  return new PinwordError(
    'http-status',
    `${hostOf(url)} is too busy (status ${response.status}). Try again in a few minutes; what has been stored is kept.`,
  );
}

/** The error for a status that is neither a success nor "not found". */
export function statusError(response: Response, name: string, url: string): PinwordError {
  const host = hostOf(url);
  if (response.status === 401 || response.status === 403) {
    const advice =
      'It may be private, gated or misspelt. Accept its terms on its page, download it there and open it as a folder.';
    return new PinwordError('http-status', `${host} refuses access to ${name} (status ${response.status}). ${advice}`);
  }
  if (response.status === 404 || response.status === 410) {
    return new PinwordError(
      'file-not-found',
      `${host} has no ${name}. Check that the address is that of a folder with model_index.json and the model’s parts.`,
    );
  }
  return new PinwordError(
    'http-status',
    `${host} failed to send ${name} (status ${response.status}). Try again later.`,
  );
}

export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
