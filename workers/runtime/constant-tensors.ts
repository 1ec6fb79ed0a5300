import type { Tensor } from 'onnxruntime-web';

const constants = new WeakSet<Tensor>();

/** Says of these tensors that nothing is ever written into them again, so that a copy of one stays right. */
export function keepConstant<T extends Readonly<Record<string, Tensor>>>(tensors: T): T {
  for (const tensor of Object.values(tensors)) constants.add(tensor);
  return tensors;
}

export function isConstant(tensor: Tensor): boolean {
  return constants.has(tensor);
}
