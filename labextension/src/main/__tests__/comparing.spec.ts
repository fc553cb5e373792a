import { run } from '../../panels/runs/__tests__/made';
import { axesOf, metricRows, parameterRows, varying } from '../comparing';

const FOUND = {
  runs: [run('a'), run('b'), run('c')],
  parameters: { C: ['0.1', '1', '10'], penalty: ['l2', 'l2', 'l2'], depth: ['3', null, 'deep'] },
  metrics: { f1: [0.8, 0.9, null], loss: [1, 1, 1], one: [null, 2, null] },
  series: {}
};

it('marks who has most and least, and nobody where all have the same', () => {
  const [f1, loss, one] = metricRows(FOUND);
  expect(f1).toMatchObject({ highest: [1], lowest: [0], differs: true });
  expect(loss).toMatchObject({ highest: [], lowest: [], differs: false });
  expect(one).toMatchObject({ highest: [], lowest: [], differs: true });
});

it('tells which parameters differ', () => {
  expect(parameterRows(FOUND).map(row => [row.name, row.differs])).toEqual([
    ['C', true],
    ['depth', true],
    ['penalty', false]
  ]);
});

it('has an axis of numbers where all values are such, and of names otherwise', () => {
  const axes = new Map(axesOf(FOUND).map(axis => [axis.key, axis]));
  expect(axes.get('parameter C')).toMatchObject({ numeric: true, values: [0.1, 1, 10] });
  expect(axes.get('parameter depth')).toMatchObject({
    numeric: false,
    values: ['3', null, 'deep']
  });
  expect(varying([...axes.values()]).map(axis => axis.name)).toEqual(['C', 'depth', 'f1', 'one']);
});
