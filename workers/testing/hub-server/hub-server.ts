import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { describe, notFound, send, sendStatus } from './answers.ts';
import { type Fault, FaultPlan } from './faults.ts';
import { Repository, type RepositoryFile } from './repository.ts';
import { sendFile } from './send-file.ts';

interface HubServerOptions {
  /** Folders by repository id, e.g. {"owner/name": "/models/a"}. */
  readonly repositories: Readonly<Record<string, string>>;
  readonly faults?: readonly Fault[];
  /** False: no listing at /api/models, like a plain mirror of the files. */
  readonly api?: boolean;
  /** The hub's port; 0 or absent takes a free one. */
  readonly port?: number;
}

interface LoggedRequest {
  readonly origin: 'hub' | 'cdn';
  readonly method: string;
  readonly path: string;
  readonly range: string | null;
  readonly ifRange: string | null;
}

export interface HubServer {
  /** The hub's origin: `/{repo}/resolve/{revision}/{path}`, `/{repo}/raw/…`, `/api/models/…`, `/static/{repo}/{path}`. */
  readonly origin: string;
  /** All requests since the last setFaults. */
  readonly log: readonly LoggedRequest[];
  /** Bytes of files that were sent since the server started. */
  readonly sentBytes: number;
  setFaults(faults: readonly Fault[]): void;
  close(): Promise<void>;
}

const exposed = 'ETag, X-Linked-ETag, X-Linked-Size, X-Repo-Commit, X-Error-Code, Content-Range, Accept-Ranges, Link';
const route =
  /^\/(?:(?<plain>static)\/(?<plainRepo>[^/]+\/[^/]+)|(?<repo>[^/]+\/[^/]+)\/(?<kind>resolve|raw)\/(?<revision>[^/]+))\/(?<path>.+)$/;
const apiRoute = /^\/api\/models\/(?<repo>[^/]+\/[^/]+?)(?:\/revision\/(?<revision>[^/]+))?$/;

/** Starts a server that behaves as the model hub does: small files from one origin, large ones by redirect from another. */
export async function startHubServer(options: HubServerOptions): Promise<HubServer> {
  const repositories = new Map<string, Repository>();
  for (const [id, folder] of Object.entries(options.repositories)) repositories.set(id, await Repository.open(folder));
  const log: LoggedRequest[] = [];
  let sentBytes = 0;
  const onSent = (bytes: number) => {
    sentBytes += bytes;
  };
  let plan = new FaultPlan(options.faults ?? []);
  const setFaults = (faults: readonly Fault[]) => {
    plan = new FaultPlan(faults);
    log.length = 0;
  };

  const deliver = async (
    request: IncomingMessage,
    response: ServerResponse,
    repository: Repository,
    file: RepositoryFile,
    etag: string,
  ) => {
    const faults = plan.take(file.path);
    for (const fault of faults) {
      if (fault.kind === 'drop') {
        response.destroy();
        return;
      }
      if (fault.kind === 'html')
        return send(response, 200, '<!doctype html><title>Sign in</title>', 'text/html; charset=utf-8');
      if (fault.kind === 'lfs-pointer') return send(response, 200, await repository.pointer(file), 'text/plain');
      if (fault.kind === 'status') return sendStatus(response, fault);
    }
    const contentType = file.path.endsWith('.json')
      ? 'application/json'
      : file.lfs
        ? 'binary/octet-stream'
        : 'text/plain; charset=utf-8';
    return sendFile(request, response, { file, etag, contentType, faults, onSent });
  };

  const hub = await listen(
    options.port ?? 0,
    'Range, If-Range, If-None-Match, Content-Type',
    async (request, response) => {
      const url = new URL(request.url ?? '/', 'http://hub');
      const path = decodeURIComponent(url.pathname);
      log.push(logged('hub', request, path));
      const api = apiRoute.exec(path)?.groups;
      if (api !== undefined && options.api === false) return send(response, 404, 'Not Found', 'text/plain');
      const refusal = api === undefined ? undefined : plan.take(path).find(({ kind }) => kind === 'status');
      if (refusal?.kind === 'status') return sendStatus(response, refusal);
      if (api !== undefined) return describe(response, repositories.get(api['repo'] ?? ''), api['revision']);
      const parts = route.exec(path)?.groups;
      const repository = repositories.get(parts?.['repo'] ?? parts?.['plainRepo'] ?? '');
      const file = repository?.files.get(parts?.['path'] ?? '');
      const revision = parts?.['revision'] ?? 'main';
      if (repository === undefined) return notFound(response, 'RepoNotFound');
      if (revision !== 'main' && revision !== repository.commit) return notFound(response, 'RevisionNotFound');
      response.setHeader('X-Repo-Commit', repository.commit);
      if (file === undefined) return notFound(response, 'EntryNotFound');
      const hash = await repository.sha256(file);
      if (parts?.['plain'] !== undefined || !file.lfs)
        return deliver(request, response, repository, file, `"${hash.slice(0, 40)}"`);
      if (parts?.['kind'] === 'raw') return send(response, 200, await repository.pointer(file), 'text/plain');
      response.setHeader('X-Linked-ETag', `"${hash}"`).setHeader('X-Linked-Size', file.size);
      response.setHeader('Location', `${originOf(cdn)}/${parts?.['repo'] ?? ''}/${file.path}?hash=${hash}`);
      return send(response, 302, 'Found', 'text/plain');
    },
  );

  // As the Hub's CDN: other origins may not send If-Range.
  const cdn = await listen(0, 'Content-Range, Content-Type, Content-Disposition, ETag', async (request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://cdn').pathname);
    log.push(logged('cdn', request, path));
    const [owner, name, ...rest] = path.slice(1).split('/');
    const repository = repositories.get(`${owner ?? ''}/${name ?? ''}`);
    const file = repository?.files.get(rest.join('/'));
    if (repository === undefined || file === undefined) return notFound(response, 'EntryNotFound');
    return deliver(request, response, repository, file, `"${await repository.sha256(file)}"`);
  });

  return {
    origin: originOf(hub),
    log,
    get sentBytes() {
      return sentBytes;
    },
    setFaults,
    close: () => Promise.all([stop(hub), stop(cdn)]).then(() => undefined),
  };
}

function logged(origin: 'hub' | 'cdn', request: IncomingMessage, path: string): LoggedRequest {
  return {
    origin,
    method: request.method ?? '',
    path,
    range: request.headers.range ?? null,
    ifRange: request.headers['if-range']?.toString() ?? null,
  };
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Starts an origin that answers other origins' permission requests (CORS) for these headers. */
async function listen(port: number, allowedHeaders: string, handle: Handler): Promise<Server> {
  const server = createServer((request, response) => {
    // A connection that is kept for the next request could meet the next server at this port.
    response.shouldKeepAlive = false;
    response.setHeader('Access-Control-Allow-Origin', '*').setHeader('Access-Control-Expose-Headers', exposed);
    if (request.method === 'OPTIONS') {
      response.setHeader('Access-Control-Allow-Headers', allowedHeaders).writeHead(204).end();
      return;
    }
    Promise.resolve(handle(request, response)).catch((thrown: unknown) => {
      response.destroy(thrown instanceof Error ? thrown : new Error(String(thrown)));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(port, '127.0.0.1', resolve);
  });
  return server;
}

function originOf(server: Server): string {
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve, reject) => {
    server.close((error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}
