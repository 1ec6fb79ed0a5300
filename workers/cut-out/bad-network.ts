import { PinwordError } from '../errors.ts';

/** What is said of a network that cannot be used. @param cause what transformers.js or ONNX Runtime threw */
export function badNetwork(name: string, cause: unknown): PinwordError {
  return new PinwordError(
    'bad-cut-out-network',
    `${name}, the network that cuts out, could not be used: its files are damaged, or memory ran out. Close other tabs and reload the page; one that was downloaded can be deleted under “Stored in this browser”.`,
    { cause },
  );
}
