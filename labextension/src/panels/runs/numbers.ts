/** What stands for a value that is not there. */
export const ABSENT = '–';

/** Six digits that count. */
export function numberText(value: number | null | undefined): string {
  if (value === null || value === undefined || Number.isNaN(value)) {
    return ABSENT;
  }
  if (Number.isInteger(value) && Math.abs(value) < 1e15) {
    return String(value);
  }
  return String(Number(value.toPrecision(6)));
}

/** The change from one number to another: `+0.02 (+2.5 %)`; '' where there is none or no numbers are. */
export function changeText(left: string | null, right: string | null): string {
  const [before, after] = [numberFrom(left), numberFrom(right)];
  if (before === null || after === null || before === after) {
    return '';
  }
  const change = signed(Number((after - before).toPrecision(4)));
  if (before === 0) {
    return change;
  }
  return `${change} (${signed(Number((((after - before) / Math.abs(before)) * 100).toPrecision(3)))} %)`;
}

export function numberFrom(text: string | null | undefined): number | null {
  if (text === null || text === undefined || text.trim() === '') {
    return null;
  }
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** The names of the metrics to show first: the one that is asked for, then those of evaluation. */
export function leading(metrics: Readonly<Record<string, number>>, asked: string): string[] {
  const rank = (name: string): number =>
    name === asked ? 0 : /^(training_|system\/)/.test(name) ? 2 : 1;
  return Object.keys(metrics).sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/** A size in bytes, as a person reads it. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${size >= 100 || unit === 0 ? size.toFixed(0) : size.toFixed(1)} ${units[unit]}`;
}

function signed(value: number): string {
  return value > 0 ? `+${value}` : String(value).replace('-', '−');
}
