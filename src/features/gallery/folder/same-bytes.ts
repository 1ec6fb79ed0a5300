export async function haveSameBytes(a: Blob, b: Blob): Promise<boolean> {
  if (a.size !== b.size) return false;
  const [left, right] = await Promise.all([a.arrayBuffer(), b.arrayBuffer()]);
  const [ours, theirs] = [new Uint8Array(left), new Uint8Array(right)];
  for (let index = 0; index < ours.length; index++) if (ours[index] !== theirs[index]) return false;
  return true;
}
