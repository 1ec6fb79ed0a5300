/** In the shader of ONNX Runtime's BiasSplitGelu: a value of either float type is divided by it. */
const typed = 'const M_SQRT2: f32 = sqrt(2.0);';
/** The same without a type, which fits both. */
const untyped = 'const M_SQRT2 = sqrt(2.0);';

/**
 * The shader as it is meant. BiasSplitGelu divides f16 by an f32 constant, which is no valid WGSL; upstream it was mended
 * after the pinned build.
 */
export function mendedShader(code: string): string {
  return code.includes('enable f16;') ? code.replace(typed, untyped) : code;
}

/** Lets a device compile ONNX Runtime's shaders as they are meant. */
export function mendShadersOf(device: GPUDevice): void {
  const create = device.createShaderModule.bind(device);
  device.createShaderModule = (descriptor) => create({ ...descriptor, code: mendedShader(descriptor.code) });
}
