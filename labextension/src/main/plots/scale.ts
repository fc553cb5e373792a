import { numberText } from '../../components/numbers';

/** A way from values to places: `at` is 0 at the low end and 1 at the high one. */
export interface IScale<T> {
  readonly at: (value: T) => number;
  readonly ticks: readonly ITick<T>[];
}

export interface ITick<T> {
  readonly value: T;
  readonly label: string;
}

/** A linear scale whose ends are round numbers; `count` ticks, roughly. */
export function linearScale(values: readonly number[], count = 5): IScale<number> {
  let [low, high] = extent(values);
  if (low === high) {
    const room = Math.abs(low) / 10 || 1;
    [low, high] = [low - room, high + room];
  }
  const step = niceStep(high - low, count);
  [low, high] = [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const short = digits <= 6 && Math.max(Math.abs(low), Math.abs(high)) < 1e6;
  const label = (tick: number): string =>
    short
      ? tick
          .toFixed(digits)
          .replace(/^-(0(\.0*)?)$/, '$1')
          .replace('-', '−')
      : numberText(tick);
  const ticks = ticksOf(low, high, step).map(value => ({ value, label: label(value) }));
  return { at: value => (value - low) / (high - low), ticks };
}

/** A logarithmic scale for numbers above 0, from one power of ten to another. */
export function logScale(values: readonly number[]): IScale<number> {
  const logs = values.map(Math.log10);
  const [least, most] = extent(logs);
  const low = Math.floor(least + 1e-9);
  const high = Math.max(low + 1, Math.ceil(most - 1e-9));
  const powers = ticksOf(low, high, Math.ceil((high - low) / 8));
  const ticks = powers.map(power => ({ value: 10 ** power, label: String(Number(`1e${power}`)) }));
  return { at: value => (Math.log10(value) - low) / (high - low), ticks };
}

/** A scale of names, in the order of numbers where they are such. */
export function nameScale(values: readonly string[], room = 10): IScale<string> {
  const order = new Intl.Collator(undefined, { numeric: true });
  const names = [...new Set(values)].sort(order.compare);
  const each = Math.max(1, Math.ceil(names.length / room));
  const ticks = names
    .map(value => ({ value, label: clipped(value, 14) }))
    .filter((_, place) => place % each === 0);
  return { at: value => (names.indexOf(value) + 0.5) / Math.max(1, names.length), ticks };
}

/** Whether numbers span so many powers of ten that a logarithmic scale shows more of them. */
export function spansPowers(values: readonly number[]): boolean {
  const [low, high] = extent(values);
  return low > 0 && high / low >= 100;
}

export function clipped(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
}

/** The least and the greatest; (0, 1) of nothing. */
export function extent(values: readonly number[]): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > high ? [0, 1] : [low, high];
}

function niceStep(span: number, count: number): number {
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map(step => step * power).find(step => step >= rough * 0.999) ?? 10 * power;
}

function ticksOf(low: number, high: number, step: number): number[] {
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from(
    { length: Math.max(0, last - first + 1) },
    (_, place) => (first + place) * step
  );
}
