/** What a File of the browser's storage is once its file was removed: its size is known, and nothing can be read. */
export function removedFile(): Blob {
  const refuse = (): Promise<never> =>
    Promise.reject(new DOMException('A requested file could not be found.', 'NotFoundError'));
  return Object.assign(new Blob(['x']), { slice: removedFile, arrayBuffer: refuse });
}
