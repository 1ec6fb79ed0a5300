import type { ModelSource } from '../../api.ts';
import { openFolder } from './folder-source.ts';
import { openHub } from './hub-source.ts';
import type { HttpFileOptions } from './http.ts';
import type { SourceFiles } from './source-files.ts';
import { openUrl } from './url-source.ts';

/** Sources in diffusers layout; a single file has another one. */
export type LayoutSource = Exclude<ModelSource, { readonly kind: 'single-file' }>;

export interface OpenSourceOptions extends HttpFileOptions {
  /** Base URL of the miniature model that the site ships. */
  readonly embeddedUrl: string;
}

/** Opens a checkpoint for reading; nothing but the hub's listing is fetched yet. Errors: see openHub and openHttpFile. */
export async function openSource(source: LayoutSource, options: OpenSourceOptions): Promise<SourceFiles> {
  switch (source.kind) {
    case 'embedded':
      return { ...openUrl(options.embeddedUrl, options), identity: null };
    case 'url':
      return openUrl(source.baseUrl, options);
    case 'hub':
      return openHub(source, options);
    case 'folder':
      return openFolder(source.name, source.files);
  }
}
