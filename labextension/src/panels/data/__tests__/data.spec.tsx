import { CommandRegistry } from '@lumino/commands';
import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';

import { json, modelOf, shown, trans } from '../../../__tests__/served';
import type { DatasetVersion, Lineage, MonitorReading, MonitorState } from '../../../entities';
import { executeIn } from '../../../main/commands';
import { DataCommandIDs } from '../commands';
import { Data } from '../index';
import { LineageGraph } from '../LineageGraph';
import { ordered } from '../lineage';
import { broke, championsOf, effectsOf, limitsOf, standingOf, worstOf } from '../monitoring';
import { boundText, histogramText, missingText, percentText, shortText } from '../texts';

function versionOf(number: number): DatasetVersion {
  return {
    ...{ name: 'customers', number, digest: `xxh:${number}abcdef0123`, rows: 1000 * number },
    ...{ schema: { age: 'int64' }, source: 'c.csv', source_type: 'local', context: null },
    ...{ tags: { owner: 'growth' }, key: ['id'], ordered: true, size: 2048, wrote: false },
    created: new Date(Date.now() - 90_000 * 60).toISOString()
  };
}

const COLUMN = {
  ...{ name: 'age', dtype: 'int64', kind: 'number', count: 90, missing: 10, distinct: 3 },
  ...{ minimum: '1.23456789', maximum: '9', mean: 5, std: 1, quantiles: {}, top: [] },
  histogram: { edges: [1, 5, 9], counts: [30, 60] }
};

function detailsOf(number: number): object {
  return {
    version: versionOf(number),
    profile: { rows: 100, columns: [COLUMN], sampled: null },
    uses: [{ run_id: 'r1', name: 'train', context: 'training', wrote: false, named: '' }],
    content: null,
    gone: number === 1
  };
}

const LINEAGE: Lineage = {
  start: 'customers@2',
  nodes: [
    { key: 'model:churn@1', kind: 'model', name: 'churn@1', detail: '' },
    { key: 'r1', kind: 'run', name: 'train', detail: 'FINISHED' },
    { key: 'customers@2', kind: 'dataset', name: 'customers', detail: '2,000 rows' }
  ],
  links: [
    { source: 'customers@2', target: 'r1', label: 'read as training' },
    { source: 'r1', target: 'model:churn@1', label: 'made' },
    { source: 'model:churn@1', target: 'customers@2', label: 'closes a circle' }
  ]
};

/** The tab with one dataset of two versions and one that has none; which commands were executed. */
function tab(answers: Record<string, unknown> = {}): [command: string, args: unknown][] {
  const model = modelOf(path => {
    const [route, words = ''] = path.split('?');
    const known: Record<string, unknown> = {
      '/datasets': [
        { name: 'customers', versions: 2, newest: versionOf(2), declared: true, source: 'c.csv' },
        { name: 'orders', versions: 0, newest: null, declared: true, source: 'o.csv' }
      ],
      '/datasets/customers': {
        name: 'customers',
        versions: [versionOf(2), versionOf(1)],
        details: detailsOf(words.includes('version=1') ? 1 : 2)
      },
      '/datasets/orders': { name: 'orders', versions: [], details: null },
      '/datasets/customers/lineage': LINEAGE,
      '/monitors': [],
      ...answers
    };
    return known[route];
  });
  const commands = new CommandRegistry();
  const executed: [string, unknown][] = [];
  for (const id of [...Object.values(DataCommandIDs), 'jupyter-mlops:open-run']) {
    commands.addCommand(id, { execute: args => executed.push([id, args]) });
  }
  executeIn(commands, model);
  shown(model, <Data />);
  return executed;
}

it('lists datasets, tells how to add a version to one that has none', async () => {
  tab();
  const list = await screen.findByRole('list', { name: 'Datasets' });
  expect(list).toHaveTextContent('2 versions');
  expect(list).toHaveTextContent('2abcdef0');
  await userEvent.click(within(list).getByRole('button', { name: /^orders/ }));
  expect(await screen.findByText('jupyter mlops dataset add orders')).toBeVisible();
});

it('shows the version that is chosen, and says that its content is gone', async () => {
  tab();
  expect(await screen.findByRole('group', { name: 'customers@2' })).toBeVisible();
  expect(screen.queryByText(/content is gone/)).toBeNull();
  await userEvent.click(screen.getByRole('button', { name: 'Show customers@1' }));
  expect(await screen.findByRole('group', { name: 'customers@1' })).toBeVisible();
  expect(screen.getByText(/content is gone/)).toBeVisible();
  expect(screen.getByText('read it as training', { exact: false })).toBeVisible();
});

it('compares two versions, the older one at the left; a third takes the place of the first', async () => {
  const executed = tab();
  const diff = await screen.findByRole('button', { name: 'Diff' });
  expect(diff).toBeDisabled();
  await userEvent.click(screen.getByRole('checkbox', { name: 'Compare customers@2' }));
  await userEvent.click(screen.getByRole('checkbox', { name: 'Compare customers@1' }));
  await userEvent.click(diff);
  await userEvent.click(screen.getByRole('button', { name: 'Drift' }));
  const sides = { left: 'customers@1', right: 'customers@2', project: '' };
  expect(executed).toEqual([
    [DataCommandIDs.diffData, sides],
    [DataCommandIDs.drift, sides]
  ]);
});

it('says what to do where there is no dataset, and what the server says is wrong', async () => {
  tab({ '/datasets': [], '/monitors': json({ message: 'no store', hint: 'start it' }, 503) });
  expect(await screen.findByText('jupyter mlops dataset add FILE')).toBeVisible();
  expect(await screen.findByRole('alert')).toHaveTextContent('no storestart it');
});

it('has no fault that axe finds', async () => {
  tab();
  const { ownerDocument } = await screen.findByRole('group', { name: 'customers@2' });
  const rules = {
    ...{ 'color-contrast': { enabled: false }, region: { enabled: false } },
    'heading-order': { enabled: false } // those above are the panel's
  };
  expect((await axe.run(ownerDocument.body, { rules })).violations).toEqual([]);
});

it('draws a lineage from what came first, and a circle only as far as it is none', async () => {
  const { nodes, graph } = ordered(LINEAGE);
  expect(nodes.map(({ key }) => key)).toEqual(['customers@2', 'r1', 'model:churn@1']);
  expect(graph.edges).toEqual([
    [0, 1],
    [1, 2]
  ]);
  const model = modelOf(() => undefined);
  const commands = new CommandRegistry();
  const opened: unknown[] = [];
  for (const kind of ['run', 'dataset', 'model']) {
    commands.addCommand(`jupyter-mlops:open-${kind}`, { execute: args => opened.push(args) });
  }
  executeIn(commands, model);
  shown(model, <LineageGraph lineage={LINEAGE} />);
  const boxes = screen.getAllByRole('button');
  expect(boxes[1]).toHaveAccessibleName(/^run, train, FINISHED, customers read as training train/);
  for (const box of boxes) {
    await userEvent.click(box);
  }
  expect(opened).toEqual([
    { dataset: 'customers', version: '2', project: '' },
    { run: 'r1', project: '' },
    { model: 'churn', version: '1', project: '' }
  ]);
});

function readingOf(number: number, version: string, more: Partial<MonitorReading>): MonitorReading {
  const when = new Date(Date.UTC(2026, 0, number)).toISOString();
  const found = { number, version, when, model: 'churn', drifted: [], broken: [], breaches: [] };
  return { ...found, ...more } as unknown as MonitorReading;
}

it('judges readings of a monitor', () => {
  const first = readingOf(1, '1', {
    effects: { age: 0.1, income: 0.19 },
    limits: { age: 0.2, income: 0.2 }
  });
  const second = readingOf(3, '2', {
    effects: { age: 0.5, income: 'NaN' as unknown as number },
    limits: { age: 0.2, income: 0.2 },
    drifted: ['age'],
    broken: ['accuracy >= 0.8'],
    breaches: ['age: PSI 0.5 > 0.2']
  });
  expect(standingOf(undefined, trans)).toEqual(['?', 'unsure', 'has not looked yet']);
  expect(standingOf(second, trans)).toEqual(['≠', 'bad', '1 breach']);
  expect(worstOf(first)).toBeCloseTo(0.95);
  expect(worstOf(second)).toBeCloseTo(2.5);
  expect(worstOf(readingOf(1, '1', {}))).toBeNull();
  expect(effectsOf([first, second])).toEqual(['age', 'income']);
  expect(broke(second, 'accuracy')).toBe(true);
  expect(broke(second, 'f1')).toBe(false);
  expect([...limitsOf(['accuracy >= 0.8', 'f1 > champion.f1', 'loss<1e-3'])]).toEqual([
    ['accuracy', 0.8],
    ['loss', 0.001]
  ]);
  const state = { readings: [first, second], champions: { '2': '2026-01-02T00:00:00Z' } };
  expect(championsOf(state as unknown as MonitorState)).toEqual([
    { when: Date.UTC(2026, 0, 2), label: 'churn@2' }
  ]);
});

it.each([
  [0.123456, '0.1235'],
  [-2.5, '−2.5'],
  [12, '12'],
  ['NaN', 'NaN'],
  ['Infinity', '∞'],
  ['-Infinity', '−∞'],
  [null, '–']
])('writes %s as %s', (value, text) => {
  expect(shortText(value)).toBe(text);
});

it('writes shares, bounds and histograms', () => {
  expect([0, 0.0004, 0.042, 0.5].map(percentText)).toEqual(['0 %', '< 0.1 %', '4.2 %', '50 %']);
  expect(missingText({ count: 90, missing: 10 })).toBe('10 %');
  expect(missingText({ count: 0, missing: 0 })).toBe('–');
  expect(boundText('1.23456789', 'number')).toBe('1.235');
  expect(boundText('2024-01-01', 'time')).toBe('2024-01-01');
  expect(histogramText({ edges: [1, 5, 9], counts: [30, 60] }, false, trans)).toBe(
    '90 values from 1 to 9, most of them between 5 and 9'
  );
  expect(histogramText({ edges: [0, 86_400], counts: [1] }, true, trans)).toContain('1970-01-02');
});
