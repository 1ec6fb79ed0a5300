/** "about 2 min", "about 20 s": no more exact than it is known. */
export function timeLeftText(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 1.5) return 'about 1 s left';
  if (seconds < 10) return `about ${Math.round(seconds)} s left`;
  if (seconds < 57.5) return `about ${Math.round(seconds / 5) * 5} s left`;
  if (seconds < 3570) return `about ${Math.max(1, Math.round(seconds / 60))} min left`;
  return `about ${Math.round(seconds / 360) / 10} h left`;
}
