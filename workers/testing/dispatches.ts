let dispatches = 0;
let counting = false;

/** Compute dispatches recorded so far by this process; 0 where there is no WebGPU. Counting begins at the first call. */
export function countDispatches(): number {
  if (!counting && 'GPUComputePassEncoder' in globalThis) countFrom(GPUComputePassEncoder.prototype);
  return dispatches;
}

function countFrom(encoder: GPUComputePassEncoder): void {
  counting = true;
  const dispatch: unknown = Reflect.get(encoder, 'dispatchWorkgroups');
  if (typeof dispatch !== 'function') return;
  encoder.dispatchWorkgroups = function countingDispatch(
    ...size: Parameters<GPUComputePassEncoder['dispatchWorkgroups']>
  ) {
    dispatches++;
    Reflect.apply(dispatch, this, size);
  };
}
