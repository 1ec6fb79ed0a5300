import type { ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';
import type { Repository } from './repository.ts';

/** What the hub's API says about one revision, with the hash of every LFS file. */
export async function describe(
  response: ServerResponse,
  repository: Repository | undefined,
  revision: string | undefined,
): Promise<void> {
  if (repository === undefined) return notFound(response, 'RepoNotFound');
  if (revision !== undefined && revision !== 'main' && revision !== repository.commit)
    return notFound(response, 'RevisionNotFound');
  const siblings = await Promise.all(
    [...repository.files.values()].map(async (file) => ({
      rfilename: file.path,
      size: file.size,
      blobId: (await repository.sha256(file)).slice(0, 40),
      ...(file.lfs ? { lfs: { sha256: await repository.sha256(file), size: file.size, pointerSize: 135 } } : {}),
    })),
  );
  return send(
    response,
    200,
    JSON.stringify({ sha: repository.commit, cardData: { license: 'creativeml-openrail-m' }, siblings }),
    'application/json',
  );
}

export function notFound(response: ServerResponse, code: string): Promise<void> {
  response.setHeader('X-Error-Code', code);
  return send(response, 404, code, 'text/plain');
}

export function sendStatus(
  response: ServerResponse,
  { status, retryAfter, errorCode }: Extract<Fault, { kind: 'status' }>,
): Promise<void> {
  if (retryAfter !== undefined) response.setHeader('Retry-After', retryAfter);
  if (errorCode !== undefined) response.setHeader('X-Error-Code', errorCode);
  return send(response, status, `status ${status} on command`, 'text/plain');
}

export function send(response: ServerResponse, status: number, body: string, contentType: string): Promise<void> {
  response.writeHead(status, { 'Content-Type': contentType }).end(body);
  return Promise.resolve();
}
