import { useDropzone, type DropzoneState } from 'react-dropzone';

/** Files that are dropped on an element; what is dropped beside it means what it always means. */
export function useFileDrop(
  onFiles: (files: readonly File[]) => void,
  isDisabled = false,
): Pick<DropzoneState, 'getRootProps' | 'isDragActive'> {
  return useDropzone({
    noClick: true,
    noKeyboard: true,
    noPaste: true,
    preventDropOnDocument: false,
    disabled: isDisabled,
    onDrop: (accepted, rejected) => {
      onFiles([...accepted, ...rejected.map(({ file }) => file)]);
    },
  });
}
