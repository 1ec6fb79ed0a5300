let dispatches = 0;
let counting = false;

/** Compute dispatches recorded so far by this process; 0 where there is no WebGPU. Counting begins at the first call. */
export function countDispatches(): number {
  if (!counting && 'GPUComputePassEncoder' in globalThis) countFrom(GPUComputePassEncoder.prototype);
  return dispatches;
}

function countFrom(encoder: GPUComputePassEncoder): void {
  counting = true;
  const dispatch = Reflect.get(encoder, 'dispatchWorkgroups') as GPUComputePassEncoder['dispatchWorkgroups'];
  encoder.dispatchWorkgroups = function countingDispatch(...size: Parameters<GPUComputePassEncoder['dispatchWorkgroups']>) {
    dispatches++;
    dispatch.apply(this, size);
  };
}
