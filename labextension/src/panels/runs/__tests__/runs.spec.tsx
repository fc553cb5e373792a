import { CommandRegistry } from '@lumino/commands';
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';

import { Runs } from '..';
import { Stream, json, modelOf, settle, shown } from '../../../__tests__/served';
import type { RunPage } from '../../../entities';
import { executeIn } from '../../../main/commands';
import type { Model } from '../../../model';
import { page, row } from './made';

/** What a command was executed with. */
type Done = [command: string, args: unknown][];

function commandsOf(model: Model, ...ids: string[]): Done {
  const done: Done = [];
  const commands = new CommandRegistry();
  for (const id of ids) {
    commands.addCommand(id, { label: id, execute: args => void done.push([id, args]) });
  }
  executeIn(commands, model);
  return done;
}

/** A store with these runs, in their order; `asked` are the words of each request. */
function store(runs: RunPage['rows']): { model: Model; asked: URLSearchParams[]; events: Stream } {
  const asked: URLSearchParams[] = [];
  const events = new Stream();
  const model = modelOf(path => {
    if (path.startsWith('/events')) {
      return events.response;
    }
    const words = new URLSearchParams(path.split('?')[1]);
    asked.push(words);
    const from = Number(words.get('cursor') ?? 0);
    const to = from + Number(words.get('limit'));
    const found = runs.filter(({ run }) => run.name.includes(words.get('search') ?? ''));
    const next = to < found.length ? String(to) : null;
    return { ...page([], next), rows: found.slice(from, to), total: found.length, metrics: ['f1'] };
  });
  return { model, asked, events };
}

const many = (count: number): RunPage['rows'] =>
  Array.from({ length: count }, (_, place) => row(`r${place}`, { name: `run ${place}` }));

// far quicker than by role, of which each row has many
const rowsOf = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[role=row]')];

function named(name: string): HTMLElement {
  const found = rowsOf().find(each => each.getAttribute('aria-label')?.startsWith(`${name},`));
  if (!found) {
    throw new Error(`there is no row ${name}`);
  }
  return found;
}

it('has no fault that axe finds', async () => {
  const live = row('live', { status: 'RUNNING', started: null, ended: null });
  const progress = {
    run_id: 'live',
    done: 2,
    cells: 12,
    cell: 3,
    name: 'fit',
    began: null,
    step: '',
    pipeline: ''
  };
  const spark = { name: 'f1', steps: [0, 1], values: [0.5, 0.75], of: 2 };
  const { model } = store([
    { ...live, progress },
    { ...row('ok', { metrics: { f1: 0.75 } }), spark },
    row('bad', { status: 'FAILED', error: 'ValueError: no' })
  ]);
  commandsOf(model);
  const { container } = shown(model, <Runs />);
  await settle();
  expect(screen.getByRole('progressbar', { name: 'cell 3 of 12' })).toHaveAttribute(
    'aria-valuenow',
    '2'
  );
  expect(screen.getByRole('img', { name: 'f1, 2 points, last 0.75' })).toBeVisible();
  expect(screen.getByText('ValueError: no')).toBeVisible();
  const rules = { 'color-contrast': { enabled: false } };
  expect((await axe.run(container, { rules })).violations).toEqual([]);
});

it('keeps few rows in the page, and reads on as the keyboard goes down', async () => {
  const { model, asked } = store(many(120));
  commandsOf(model);
  shown(model, <Runs />);
  await settle();
  expect(screen.getByRole('grid')).toHaveAttribute('aria-rowcount', '120');
  expect(rowsOf().length).toBeLessThan(40);
  const user = userEvent.setup();
  act(() => named('run 0').focus());
  await user.keyboard('{End}');
  await settle();
  await user.keyboard('{End}');
  await settle();
  await user.keyboard('{End}');
  expect(named('run 119')).toHaveFocus();
  expect(rowsOf().length).toBeLessThan(40);
  expect(asked.map(words => words.get('cursor'))).toEqual([null, '50', '100']);
});

it('selects by keyboard and opens what is selected', async () => {
  const { model } = store(many(4));
  const done = commandsOf(
    model,
    'jupyter-mlops:open-run',
    'jupyter-mlops:diff-runs',
    'jupyter-mlops:compare-runs'
  );
  shown(model, <Runs />);
  await settle();
  const user = userEvent.setup();
  act(() => named('run 0').focus());
  await user.keyboard(' {ArrowDown}{Enter}{ArrowDown} ');
  expect(screen.getByRole('status')).toHaveTextContent('4 runs, 2 selected');
  await user.click(screen.getByRole('button', { name: 'Diff' }));
  act(() => named('run 2').focus());
  await user.keyboard('{Shift>}{ArrowDown}{/Shift}');
  expect(screen.getByRole('button', { name: 'Diff' })).toBeDisabled();
  await user.click(screen.getByRole('button', { name: 'Compare' }));
  const project = '';
  expect(done).toEqual([
    ['jupyter-mlops:open-run', { run: 'r1', project }],
    ['jupyter-mlops:diff-runs', { left: 'r2', right: 'r0', project }],
    ['jupyter-mlops:compare-runs', { runs: ['r0', 'r2', 'r3'], project }]
  ]);
  await user.keyboard('{Escape}');
});

it('goes from a row into it, and back', async () => {
  const { model } = store(many(2));
  commandsOf(model);
  shown(model, <Runs />);
  await settle();
  const user = userEvent.setup();
  act(() => named('run 1').focus());
  await user.keyboard('{ArrowRight}');
  expect(within(named('run 1')).getByRole('checkbox')).toHaveFocus();
  await user.keyboard('{ArrowLeft}');
  expect(named('run 1')).toHaveFocus();
});

it('shows a new run, and leaves the focus where it is', async () => {
  const runs = many(3);
  const { model, events } = store(runs);
  commandsOf(model);
  shown(model, <Runs />);
  await settle();
  act(() => named('run 1').focus());
  runs.unshift(row('new', { name: 'new' }));
  events.change({ topics: ['runs'] });
  await waitFor(() => expect(named('new')).toBeVisible());
  expect(named('run 1')).toHaveFocus();
  expect(named('run 1')).toHaveAttribute('aria-rowindex', '3');
});

it('looks for words after a pause, and says where nothing is found', async () => {
  const { model, asked } = store(many(3));
  commandsOf(model);
  shown(model, <Runs />);
  await settle();
  const user = userEvent.setup();
  await user.type(screen.getByRole('searchbox', { name: 'Search runs' }), 'zzz');
  expect(await screen.findByText('No run is found for this.')).toBeVisible();
  expect(asked.map(words => words.get('search'))).toEqual(['', 'zzz']);
  await user.click(screen.getByRole('button', { name: 'Show all runs' }));
  await waitFor(() => expect(rowsOf()).toHaveLength(3));
  expect(screen.getByRole('searchbox')).toHaveValue('');
});

it('asks for what is chosen', async () => {
  const { model, asked } = store(many(3));
  commandsOf(model);
  shown(model, <Runs />);
  await settle();
  fireEvent.click(screen.getByText('Filter and order'));
  fireEvent.click(screen.getByRole('checkbox', { name: 'failed' }));
  await settle();
  fireEvent.change(screen.getByLabelText('Order'), { target: { value: 'down metric f1' } });
  await settle();
  const words = asked[asked.length - 1];
  expect(words.getAll('status')).toEqual(['FAILED']);
  expect(words.get('order_by')).toBe('metrics.`f1` DESC');
  expect(screen.getByText('Filter and order (1)')).toBeVisible();
});

it('says what to do where there are no runs', async () => {
  const { model } = store([]);
  const done = commandsOf(model, 'jupyter-mlops:run-headless');
  shown(model, <Runs />);
  await settle();
  expect(screen.getByText('%track start')).toBeVisible();
  screen.getByRole('button', { name: 'Run headless …' }).click();
  expect(done).toEqual([['jupyter-mlops:run-headless', { project: '' }]]);
});

it('says why runs cannot be read, and reads them when asked to', async () => {
  let isAway = true;
  const model = modelOf(path =>
    path.startsWith('/events')
      ? undefined
      : isAway
        ? json({ message: 'the tracking server is away', hint: 'start it', wrong: {} }, 503)
        : page(['a'])
  );
  commandsOf(model);
  shown(model, <Runs />);
  await settle();
  expect(screen.getByRole('alert')).toHaveTextContent('the tracking server is away');
  expect(screen.getByRole('alert')).toHaveTextContent('start it');
  isAway = false;
  fireEvent.click(screen.getByRole('button', { name: 'Try again' }));
  await settle();
  expect(rowsOf()).toHaveLength(1);
});

it('shows runs with metrics that are no finite numbers', async () => {
  // as they arrive: JSON has no such numbers
  const metrics = { a: 'NaN', b: 'Infinity', c: '-Infinity' } as never;
  const spark = { name: 'a', steps: [0, 1, 2], values: [1, 2, 'NaN'] as never, of: 3 };
  const { model } = store([{ ...row('odd', { metrics }), spark }]);
  commandsOf(model);
  shown(model, <Runs />);
  await settle();
  expect(named('run odd')).toHaveTextContent(/a NaN *b ∞ *c −∞/);
  expect(screen.getByRole('img', { name: 'a, 3 points, last NaN' })).toBeInTheDocument();
});

it('offers in its menu what can be done with the run', async () => {
  const going = { status: 'RUNNING', ended: null } as const;
  const { model } = store([
    row('check', { kind: 'check', notebook: null }),
    row('session', { ...going, kind: 'session' }),
    row('headless', going)
  ]);
  commandsOf(
    model,
    ...['open-run', 'open-version', 'copy-run-id', 'cancel-run'].map(id => `jupyter-mlops:${id}`)
  );
  shown(model, <Runs />);
  await settle();
  const items = (name: string): number => {
    fireEvent.contextMenu(named(name));
    const found = document.querySelectorAll('.lm-Menu-item[data-type=command]').length;
    fireEvent.keyDown(document.querySelector('.lm-Menu') as Element, { keyCode: 27 });
    return found;
  };
  expect(items('run check')).toBe(2); // to open it, and to copy its id
  expect(items('run session')).toBe(4);
  expect(items('run headless')).toBe(5);
});

it('tells what a run was given where it measured nothing', async () => {
  const { model } = store([row('slow', { parameters: { C: '0.1', penalty: 'l2' } })]);
  commandsOf(model);
  shown(model, <Runs />);
  await settle();
  expect(named('run slow')).toHaveTextContent(/C = 0.1 *penalty = l2/);
});
