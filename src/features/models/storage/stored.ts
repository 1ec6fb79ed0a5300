import type { ModelSource, StoredModel } from '../../../../workers/api.ts';
import { formatBytes } from '../../../../workers/api.ts';

/** The source that a stored checkpoint came from, so that it can be loaded again. @returns null where it cannot be told */
export function sourceOfStored({
  id,
}: Pick<StoredModel, 'id'>): Exclude<ModelSource, { kind: 'folder' | 'single-file' }> | null {
  const hub = /^hub:(https?:\/\/.+)\/([^/]+\/[^/@]+)@([^@]+)$/u.exec(id);
  if (hub !== null) {
    const [, endpoint = '', repo = '', revision = ''] = hub;
    return { kind: 'hub', endpoint, repo, revision };
  }
  const url = /^url:(https?:\/\/.+)$/u.exec(id);
  if (url !== null) {
    const [, base = ''] = url;
    return { kind: 'url', baseUrl: base.endsWith('/') ? base : `${base}/` };
  }
  return null;
}

/** "2.1 GB, 16-bit, licence openrail, version 451f4fe": two commits of one repository have the same name. */
export function describeStored({ id, bytes, complete, licence, files }: StoredModel): string {
  const source = sourceOfStored({ id });
  const total = files.reduce((sum, { size }) => sum + size, 0);
  const amount = complete ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(total)}, download interrupted`;
  const precisions = files.map((file) => file.precision).filter((precision) => precision !== null);
  const bits = precisions.length === 0 ? [] : [precisions.includes('f32') ? '32-bit' : '16-bit'];
  const version = source?.kind === 'hub' ? [`version ${source.revision.slice(0, 7)}`] : [];
  return [amount, ...bits, licence === null ? 'licence not stated' : `licence ${licence}`, ...version].join(', ');
}
