import { openHttpFile } from './http-file.ts';
import type { HttpFileOptions } from './http.ts';
import { HtmlAnswers, licenceOf, type SourceFiles } from './source-files.ts';

/** A folder in diffusers layout behind a base URL, with or without Range support on its host. */
export function openUrl(baseUrl: string, options: HttpFileOptions): SourceFiles {
  const base = baseUrl.replace(/(?<!\/)\/+$/, '');
  const html = new HtmlAnswers();
  const files: SourceFiles = {
    name: base.slice(base.lastIndexOf('/') + 1),
    identity: `url:${base}`,
    find: async (path) => {
      const file = await openHttpFile(path, `${base}/${encodePath(path)}`, { ifRange: true, ...options });
      if (file !== 'html') return file;
      html.add(path);
      return null;
    },
    licence: () => licenceOf(files),
    whyMissing: (path) => html.whyMissing(path),
    storedInstead: () => null,
  };
  return files;
}

export function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
