import { finiteOf, numberOf } from '../components/numbers';
import type { Run, RunComparison } from '../entities';

/** The names of runs; a name that several of them have gets the beginning of the id, too. */
export function namesOf(runs: readonly Run[]): string[] {
  const all = runs.map(run => run.name || run.run_id.slice(0, 8));
  return all.map((name, place) =>
    all.filter(one => one === name).length > 1 ? `${name} ${runs[place].run_id.slice(0, 6)}` : name
  );
}

/** A row of the table of runs side by side. */
export interface IComparedRow<T> {
  readonly name: string;
  readonly values: readonly (T | null)[];
  readonly differs: boolean;
  /** Places of the runs with the greatest and the least value; empty where all are the same. */
  readonly highest: readonly number[];
  readonly lowest: readonly number[];
}

/** Parameters by name. */
export function parameterRows(found: RunComparison): IComparedRow<string>[] {
  return named(found.parameters).map(([name, values]) => ({
    name,
    values,
    differs: new Set(values).size > 1,
    highest: [],
    lowest: []
  }));
}

/** Metrics by name, with who has most and least: which is better, nobody has said. */
export function metricRows(found: RunComparison): IComparedRow<number>[] {
  return named(found.metrics).map(([name, arrived]) => {
    const values = arrived.map(numberOf);
    const numbers = values.filter(isRanked);
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const where = (wanted: number): number[] =>
      values.flatMap((value, place) => (value === wanted ? [place] : []));
    const ranked = numbers.length > 1 && low !== high;
    return {
      name,
      values,
      differs: new Set(values).size > 1,
      highest: ranked ? where(high) : [],
      lowest: ranked ? where(low) : []
    };
  });
}

function isRanked(value: number | null): value is number {
  return value !== null && !Number.isNaN(value);
}

function named<T>(
  values: Readonly<Record<string, readonly T[]>> | undefined
): [string, readonly T[]][] {
  const order = new Intl.Collator(undefined, { numeric: true });
  return Object.entries(values ?? {}).sort(([left], [right]) => order.compare(left, right));
}

/** One axis of a plot across runs: numbers where all values are such, names otherwise. */
export interface IAxis {
  readonly key: string;
  readonly name: string;
  readonly kind: 'parameter' | 'metric';
  readonly values: readonly (string | null)[] | readonly (number | null)[];
  readonly numeric: boolean;
}

export function axesOf(found: RunComparison): IAxis[] {
  const parameters = parameterRows(found).map(({ name, values }): IAxis => {
    const numbers = values.map(finiteOf);
    const numeric = numbers.every((value, place) => value !== null || values[place] === null);
    return {
      key: `parameter ${name}`,
      name,
      kind: 'parameter',
      values: numeric ? numbers : values,
      numeric
    };
  });
  const metrics = metricRows(found).map(({ name, values }): IAxis => ({
    key: `metric ${name}`,
    name,
    kind: 'metric',
    values: values.map(finiteOf),
    numeric: true
  }));
  return [...parameters, ...metrics];
}

/** Those axes along which runs differ; where none does, all. */
export function varying(axes: readonly IAxis[]): IAxis[] {
  const found = axes.filter(axis => new Set<unknown>(axis.values).size > 1);
  return found.length ? found : [...axes];
}
