/** A number as it arrives: those that JSON cannot carry come as texts, such as "NaN" and "-Infinity". */
export type Arrived = number | string | null | undefined;

/** What stands for a value that is not there. */
export const ABSENT = '–';

// as JSON and as Python spell them
const UNUSUAL = /^([+-]?)(nan|inf|infinity)$/i;

/** The number that arrived, NaN and the infinite ones included; null where none did. */
export function numberOf(value: Arrived): number | null {
  if (typeof value !== 'string') {
    return value ?? null;
  }
  const text = value.trim();
  const [, sign, name] = UNUSUAL.exec(text) ?? [];
  if (name) {
    return name.toLowerCase() === 'nan' ? NaN : sign === '-' ? -Infinity : Infinity;
  }
  const number = Number(text);
  return text === '' || Number.isNaN(number) ? null : number;
}

/** The finite number that arrived; null where none did. */
export function finiteOf(value: Arrived): number | null {
  const number = numberOf(value);
  return number !== null && Number.isFinite(number) ? number : null;
}

/** A number in so many digits that count, all those before the point at least. */
export function numberText(value: Arrived, digits = 6): string {
  const number = numberOf(value);
  if (number === null) {
    return ABSENT;
  }
  if (Number.isNaN(number)) {
    return 'NaN';
  }
  const size = Math.abs(number);
  return `${number < 0 ? '−' : ''}${size === Infinity ? '∞' : sizeText(size, digits)}`;
}

/** A number with its sign. */
export function signedText(value: Arrived, digits = 4): string {
  const number = numberOf(value);
  return `${number !== null && number > 0 ? '+' : ''}${numberText(number, digits)}`;
}

/** The change from one number to another: `+0.02 (+2.5 %)`; '' where there is none or no numbers are. */
export function changeText(left: Arrived, right: Arrived): string {
  const [before, after] = [finiteOf(left), finiteOf(right)];
  if (before === null || after === null || before === after) {
    return '';
  }
  const change = signedText(after - before);
  const percent = (100 * (after - before)) / Math.abs(before);
  return before === 0 ? change : `${change} (${signedText(percent, 3)} %)`;
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

function sizeText(size: number, digits: number): string {
  const isLong = size >= 10 ** (digits - 1) && size < 1e15;
  return isLong ? size.toFixed(0) : String(Number(size.toPrecision(digits)));
}
