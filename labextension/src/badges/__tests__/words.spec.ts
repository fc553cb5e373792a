import { nullTranslator } from '@jupyterlab/translation';

import type { CellBadge, MetricChange } from '../../entities';
import { isEdited, say, sayMetric } from '../words';

const trans = nullTranslator.load('jupyter-mlops');
const tongue = { trans, locale: 'en' };

const BADGE: CellBadge = {
  cell_id: 'a',
  run_id: '0123456789abcdef',
  run: 'train-7',
  status: 'ok',
  duration: 1.24,
  source: 'x = 1',
  metrics: [],
  warnings: []
};

function metric(more: Partial<MetricChange> = {}): MetricChange {
  return { name: 'accuracy', value: 0.94123, change: 0.01, better: true, ...more };
}

it('says run, duration, a metric and its change with sign and word', () => {
  const said = say({ ...BADGE, metrics: [metric()] }, 'x = 1', tongue);
  expect(said.name).toBe('Run train-7, 1.2 s, accuracy 0.9412 +0.01 better');
  expect(said.warnings).toEqual([]);
});

it('says how many metrics it does not show', () => {
  const said = say({ ...BADGE, metrics: [metric(), metric({ name: 'f1' })] }, 'x = 1', tongue);
  expect(said.name).toContain('1 more metric');
});

it.each([
  [metric({ change: -0.02, better: false }), '−0.02 worse'],
  [metric({ change: -0.3, better: true }), '−0.3 better'],
  [metric({ change: 0.5, better: null }), '+0.5'],
  [metric({ change: 0, better: null }), 'unchanged'],
  [metric({ change: null, better: null }), '']
])('says a change without colour', (one, said) => {
  expect(sayMetric(one, trans).change).toBe(said);
});

it.each([
  ['x = 1', false],
  ['x = 1\n', false],
  ['x = 2', true],
  [' x = 1', true]
])('tells an edited source by the one that ran: %j', (source, edited) => {
  expect(isEdited(BADGE, source)).toBe(edited);
  expect(say(BADGE, source, tongue).mark).toBe(edited ? '⚠' : '✓');
  expect(say(BADGE, source, tongue).warnings.includes('edited since it ran')).toBe(edited);
});

it('calls no cell edited that did not run', () => {
  const skipped: CellBadge = { ...BADGE, status: 'not run', warnings: ['cell 2 has not run'] };
  expect(isEdited(skipped, 'other')).toBe(false);
  expect(say(skipped, 'other', tongue).warning).toBe('skipped over');
});

it('says why the order is wrong, and that it failed', () => {
  const said = say(
    { ...BADGE, status: 'failed', warnings: ['ran before cell 2'] },
    'x = 1',
    tongue
  );
  expect(said).toMatchObject({ mark: '✗', tone: 'bad' });
  expect(said.warning).toBe('out of order');
  expect(said.name).toBe('Run train-7, failed, 1.2 s, ran before cell 2');
});

it('shortens a long name, and takes the id where there is none', () => {
  expect(say({ ...BADGE, run: 'x'.repeat(80) }, 'x = 1', tongue).run).toHaveLength(24);
  expect(say({ ...BADGE, run: '' }, 'x = 1', tongue).run).toBe('0123456789abcdef');
});

it('tells of values that are no finite numbers, which arrive as texts', () => {
  const odd = (value: string, change: string | null): MetricChange =>
    metric({ value: value as never, change: change as never, better: null });
  expect(sayMetric(odd('NaN', 'NaN'), trans)).toMatchObject({ text: 'accuracy NaN', change: '' });
  expect(sayMetric(odd('-Infinity', '-Infinity'), trans)).toMatchObject({
    text: 'accuracy −∞',
    change: '−∞'
  });
});
