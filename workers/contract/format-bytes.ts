const units = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** "45 MB", "1.7 GB": decimal units, two digits at most below ten. */
export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? value.toFixed(1) : String(Math.round(value));
  return `${digits} ${units[unit] ?? ''}`;
}
