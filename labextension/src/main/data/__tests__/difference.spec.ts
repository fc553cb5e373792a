import { trans } from '../../../__tests__/served';
import type { ColumnDiff, ColumnDrift, DataDiff, DriftReport } from '../../../entities';
import { examplesOf, standingOf, summaryOf, tellingDiffs, tellingDrifts } from '../difference';
import { sidesOf } from '../histograms';

function diffOf(name: string, change: ColumnDiff['change'], effect?: number): ColumnDiff {
  const shift =
    effect === undefined
      ? null
      : { measure: 'JS', effect, p_value: null, statistics: {}, size: 'large' as const };
  return {
    ...{ name, change, shift, left: null, right: null, changed: null },
    ...{ left_dtype: 'int64', right_dtype: 'int64' }
  };
}

const DIFF: DataDiff = {
  ...{ left: 'a@1', right: 'a@2', identical: false, key: ['id'], reordered: false },
  ...{ left_rows: 1000, right_rows: 2500, added: 1500, removed: 0, changed: 1 },
  columns: [diffOf('x', 'same'), diffOf('y', 'added'), diffOf('z', 'changed', 0.4)],
  examples: [],
  notes: []
};

it('says what separates two sets of data in a sentence', () => {
  expect(summaryOf(DIFF, trans)).toBe(
    `${(1500).toLocaleString()} rows added, 1 row changed, 1 column added, values of 1 column moved`
  );
  expect(summaryOf({ ...DIFF, identical: true }, trans)).toBe('The two are identical.');
  const nothing = { ...DIFF, added: 0, changed: null, columns: [] };
  expect(summaryOf(nothing, trans)).toBe('They differ.');
});

it('puts columns first that came or went, then those whose values moved farthest', () => {
  const columns = [
    diffOf('same', 'same'),
    diffOf('little', 'changed', 0.2),
    diffOf('far', 'changed', -0.9),
    diffOf('strange', 'changed', 'NaN' as unknown as number),
    diffOf('new', 'added')
  ];
  expect(tellingDiffs(columns).map(({ name }) => name)).toEqual([
    ...['new', 'far', 'little', 'strange', 'same']
  ]);
});

it('puts columns first that drifted, as multiples of what is allowed, then those not judged', () => {
  const of = (name: string, state: ColumnDrift['state'], effect: number, threshold = 0.1) =>
    ({ name, state, effect, threshold }) as ColumnDrift;
  const columns = [
    of('fine', 'no drift', 0.09),
    of('few', 'too few', 0.5),
    of('little', 'drift', 0.2),
    of('far', 'drift', 0.5, 0.2),
    of('gone', 'dropped column', 0)
  ];
  expect(tellingDrifts(columns).map(({ name }) => name)).toEqual([
    ...['far', 'little', 'gone', 'few', 'fine']
  ]);
});

it.each([
  [['no drift', 'too few'], '✓'],
  [['too few', 'all missing'], '?'],
  [[], '?']
] as const)('is sure of no drift only where a column could be judged: %j', (states, sign) => {
  const columns = states.map(state => ({ state }) as ColumnDrift);
  const report = { drifted: false, columns, predictions: [], decay: [] } as unknown as DriftReport;
  expect(standingOf(report).sign).toBe(sign);
  expect(standingOf({ ...report, drifted: true }).sign).toBe('≠');
});

it('shows each value that differs, and a row that is on one side only on one line', () => {
  const many = Object.fromEntries(Array.from({ length: 9 }, (_, at) => [`c${at}`, String(at)]));
  const lines = examplesOf([
    { change: 'changed', key: { id: '7' }, left: { a: '1', b: 'x' }, right: { a: '2', b: 'y' } },
    { change: 'added', key: { id: '8' }, left: {}, right: many }
  ]);
  expect(lines.map(({ key, column, left, right }) => [key, column, left, right])).toEqual([
    ['id=7', 'a', '1', '2'],
    ['id=7', 'b', 'x', 'y'],
    ['id=8', '', '', 'c0=0, c1=1, c2=2, c3=3, c4=4, c5=5, c6=6, c7=7, …']
  ]);
});

it('draws sides of different size and with bars of different width so that they compare', () => {
  const sides = sidesOf([
    { edges: [0, 1, 2], counts: [100, 100] },
    { edges: [0, 4], counts: [10] }
  ]);
  expect(sides?.drawn.map(side => side?.map(({ height }) => height))).toEqual([[1, 1], [0.5]]);
  expect([sides?.low, sides?.high]).toEqual([0, 4]);
});

it('draws a side whose values are all the same, and nothing where nothing is known', () => {
  const [side] = sidesOf([{ edges: [5, 5], counts: [3] }, null])?.drawn ?? [];
  expect(side?.[0].end).toBeGreaterThan(5);
  expect(sidesOf([null, { edges: [], counts: [] }])).toBeNull();
});
