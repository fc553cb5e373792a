import { fireEvent, screen, within } from '@testing-library/react';
import axe from 'axe-core';

import { modelOf, settle, shown } from '../../__tests__/served';
import { detailsOf, run } from '../../panels/runs/__tests__/made';
import { CompareView } from '../CompareView';
import { DiffView } from '../DiffView';
import { Overview } from '../Overview';
import { within as inProject } from '../within';

const points = (values: number[]): object => ({
  name: 'loss',
  steps: values.map((_, step) => step),
  values,
  of: values.length
});

const COMPARISON = {
  runs: [run('a', { name: 'train' }), run('b', { name: 'train' }), run('c', { status: 'FAILED' })],
  parameters: { C: ['0.1', '1', '10'], penalty: ['l2', 'l2', 'l2'] },
  metrics: { loss: [0.5, 0.25, null] },
  series: { loss: [points([1, 0.5]), points([1, 0.25]), points([])] }
};

const DIFF = {
  left: 'a',
  right: 'b',
  parameters: [{ name: 'C', left: '0.1', right: null }],
  metrics: [{ name: 'loss', left: '0.5', right: '0.25' }],
  datasets: [],
  packages: [{ name: 'numpy', left: '1', right: '2' }],
  git: [],
  cells: [{ left_index: 1, right_index: 2, diff: '@@ -1 +1 @@\n-C = 1\n+C = 2' }],
  code_known: true,
  notes: ['a note']
};

const RULES = { rules: { 'color-contrast': { enabled: false } } };

const serving = (): ReturnType<typeof modelOf> =>
  modelOf(path =>
    path.startsWith('/diff') ? DIFF : path.startsWith('/comparison') ? COMPARISON : undefined
  );

it('tells what separates two runs', async () => {
  const { container } = shown(serving(), <DiffView left="a" right="b" />);
  await settle();
  expect(screen.getByText('No difference: data, git state.')).toBeVisible();
  const metrics = screen.getByRole('region', { name: 'Metrics' });
  expect(within(metrics).getByText('−0.25 (−50 %)')).toBeVisible();
  const code = screen.getByRole('group', { name: 'Cell 2 → 3' });
  expect(within(code).getByText('C = 1').closest('tr')).toHaveTextContent('−removedC = 1');
  expect(within(code).getByText('C = 2').closest('tr')).toHaveTextContent('+addedC = 2');
  expect((await axe.run(container, RULES)).violations).toEqual([]);
});

it('puts runs side by side, with what differs, and with the values of all plots in tables', async () => {
  const { container } = shown(serving(), <CompareView runs={['a', 'b', 'c']} />);
  await settle();
  const table = screen.getByRole('region', { name: 'Runs side by side' });
  expect(within(table).getByRole('columnheader', { name: 'train a' })).toBeVisible();
  expect(within(table).getByRole('row', { name: /^differs C 0.1 1 10/ })).toBeVisible();
  expect(
    within(table).getByRole('row', { name: /^differs loss 0.5 highest 0.25 lowest –/ })
  ).toBeVisible();
  fireEvent.click(screen.getByRole('checkbox', { name: 'Only rows that differ' }));
  expect(within(table).queryByRole('row', { name: /penalty/ })).toBeNull();

  const plot = screen.getByRole('img', { name: /^loss over steps, 3 runs/ });
  fireEvent.keyDown(plot, { key: 'End' });
  expect(screen.getByText('step 1: train a 0.5, train b 0.25, run c –')).toBeInTheDocument();
  expect((await axe.run(container, RULES)).violations).toEqual([]);
});

it('asks a page of the project that it was opened for', async () => {
  const asked: string[] = [];
  const model = modelOf(path => {
    asked.push(path);
    return path.startsWith('/comparison') ? COMPARISON : undefined;
  });
  shown(inProject(model, 'other/place') as typeof model, <CompareView runs={['a', 'b']} />);
  await settle();
  expect(asked).toContain('/comparison?project=other%2Fplace&run=a&run=b');
});

describe('metrics that are no finite numbers', () => {
  const odd = ['NaN', 'Infinity', '-Infinity'] as never[]; // as they arrive: JSON has no such numbers

  it('are shown and drawn beside those that are', async () => {
    const found = {
      ...COMPARISON,
      metrics: { loss: odd, f1: [0.5, 'NaN', 0.25] },
      series: { loss: [points([1, odd[0], 2]), points(odd), points([3])] }
    };
    shown(
      modelOf(path => (path.startsWith('/comparison') ? found : undefined)),
      <CompareView runs={['a', 'b', 'c']} />
    );
    await settle();
    const table = screen.getByRole('region', { name: 'Runs side by side' });
    expect(
      within(table).getByRole('row', { name: /^differs f1 0.5 highest NaN 0.25 lowest/ })
    ).toBeVisible();
    expect(
      within(table).getByRole('row', { name: /^differs loss NaN ∞ highest −∞ lowest/ })
    ).toBeVisible();
    fireEvent.keyDown(screen.getByRole('img', { name: /^loss over steps/ }), { key: 'End' });
    expect(screen.getByText('step 2: train a 2, train b −∞, run c –')).toBeInTheDocument();
    for (const path of document.querySelectorAll('svg path')) {
      expect(path.getAttribute('d')).not.toMatch(/NaN|Infinity/);
    }
  });

  it('are told in the difference and in the overview', async () => {
    const diff = { ...DIFF, metrics: [{ name: 'loss', left: '0.5', right: 'nan' }] };
    const first = shown(
      modelOf(path => (path.startsWith('/diff') ? diff : COMPARISON)),
      <DiffView left="a" right="b" />
    );
    await settle();
    expect(screen.getByRole('row', { name: 'loss 0.5 NaN' })).toBeVisible();
    first.unmount();
    const details = detailsOf({ metrics: { loss: odd[0], gain: odd[1] } });
    shown(
      modelOf(path => (path.endsWith('/metrics') ? [points([1, odd[1], 2])] : undefined)),
      <Overview details={details} age="" onCell={() => undefined} />
    );
    await settle();
    expect(screen.getByRole('row', { name: 'loss NaN' })).toBeVisible();
    expect(screen.getByRole('row', { name: 'gain ∞' })).toBeVisible();
  });
});
