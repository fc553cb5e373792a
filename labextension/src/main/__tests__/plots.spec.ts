import { linearScale, logScale, nameScale, spansPowers } from '../plots/scale';
import { linePath, lookOf, stepsOf, valueAt } from '../plots/series';

const labelsOf = (scale: { ticks: readonly { label: string }[] }): string[] =>
  scale.ticks.map(tick => tick.label);

it.each([
  [
    [0.81, 0.92],
    ['0.80', '0.85', '0.90', '0.95']
  ],
  [[5], ['4.4', '4.6', '4.8', '5.0', '5.2', '5.4', '5.6']],
  [[0], ['−1.0', '−0.5', '0.0', '0.5', '1.0']],
  [[], ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0']]
])('ticks for %p are round', (values: number[], wanted: string[]) => {
  expect(labelsOf(linearScale(values))).toEqual(wanted);
});

it('puts every value between its ends', () => {
  const values = [-3.7, 0, 12.9];
  const scale = linearScale(values);
  for (const value of values) {
    expect(scale.at(value)).toBeGreaterThanOrEqual(0);
    expect(scale.at(value)).toBeLessThanOrEqual(1);
  }
});

it('goes by powers of ten where values span them', () => {
  expect(spansPowers([0.001, 10])).toBe(true);
  expect(spansPowers([0, 10])).toBe(false);
  expect(labelsOf(logScale([0.1, 100]))).toEqual(['0.1', '1', '10', '100']);
});

it('orders names by their numbers, and drops ticks that have no room', () => {
  expect(labelsOf(nameScale(['b10', 'b9', 'a']))).toEqual(['a', 'b9', 'b10']);
  expect(nameScale(Array.from({ length: 100 }, (_, n) => `n${n}`)).ticks).toHaveLength(10);
});

it('leaves a gap where a value is no number', () => {
  const series = { name: 'a', steps: [0, 1, 2, 3], values: [1, null, 2, 3] };
  expect(
    linePath(
      series,
      step => step,
      value => value
    )
  ).toBe('M0.0,1.0M2.0,2.0L3.0,3.0');
  expect([valueAt(series, 1), valueAt(series, 9)]).toEqual([null, undefined]);
});

it('gathers the steps of all series', () => {
  const series = (steps: number[]): { name: string; steps: number[]; values: number[] } => ({
    name: '',
    steps,
    values: steps
  });
  expect(stepsOf([series([3, 1]), series([2, 3])])).toEqual([1, 2, 3]);
});

it('tells twenty runs apart', () => {
  const looks = Array.from({ length: 20 }, (_, place) => JSON.stringify(lookOf(place)));
  expect(new Set(looks).size).toBe(20);
});
