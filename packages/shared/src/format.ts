/** How quantities are written for people, on the pages and in the terminal. */

const integer = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** Three significant digits at most: 0.123, 1.23, 12.3, 123, 1,234. */
function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95) return integer.format(value);
  return value.toFixed(size >= 9.995 ? 1 : 2).replace(/\.?0+$/, '');
}

export const formatCount = (value: number): string => integer.format(value);

/** Of something each second. */
export const formatRate = short;

/** Decimal units, as network speeds are given. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  // 999.5 would round to "1,000".
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${short(value)} ${units[unit]}`;
}

/** @param fraction - 0 to 1. A small part is "<1%", never "0%", which reads as nothing at all. */
export function formatPercent(fraction: number): string {
  if (fraction > 0 && fraction < 0.01) return '<1%';
  if (fraction < 1 && fraction > 0.99) return '>99%';
  return `${Math.round(fraction * 100)}%`;
}

/** The two largest units that matter: "45 s", "4 min 10 s", "2 h 05 min", "3 d 4 h". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const pad = (value: number): string => String(value).padStart(2, '0');
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export function formatMilliseconds(milliseconds: number): string {
  return milliseconds < 999.5 ? `${short(milliseconds)} ms` : `${short(milliseconds / 1000)} s`;
}

/** 32 bits as eight hexadecimal digits. */
export const formatChecksum = (checksum: number): string => checksum.toString(16).padStart(8, '0');
