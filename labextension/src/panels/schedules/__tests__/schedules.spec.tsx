import { CommandRegistry } from '@lumino/commands';
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';

import { json, modelOf, shown, trans, type Answering } from '../../../__tests__/served';
import type { ScheduleState, SchedulerStatus, Slot } from '../../../entities';
import { executeIn } from '../../../main/commands';
import type { Model } from '../../../model';
import { addScheduleCommands } from '../actions';
import { Schedules } from '../index';
import { ownFields } from '../running';
import { kindText, noTimeText, statusOf } from '../words';

const HOUR = 3_600_000;

const SLOT: Slot = {
  id: 1,
  schedule: 'nightly',
  key: 'k',
  kind: 'time',
  due: new Date(Date.now() - HOUR).toISOString(),
  status: 'ran',
  why: '',
  outcome: 'FAILED',
  run_id: '0123456789abcdef',
  attempt: 2,
  not_before: null,
  owner: null,
  requester: null,
  created: null,
  started: null,
  ended: null
};

const SCHEDULE = { notebook: 'train.ipynb', cron: '0 2 * * *', every: null, parameters: {} };

function stateOf(name: string, more: Partial<ScheduleState> = {}): ScheduleState {
  return {
    name,
    schedule: SCHEDULE as unknown as ScheduleState['schedule'],
    target: 'train.ipynb',
    when: 'at 02:00 every day UTC',
    paused: null,
    next: new Date(Date.now() + 3.5 * HOUR).toISOString(),
    last: null,
    running: 0,
    waiting: 0,
    note: '',
    ...more
  };
}

const NOBODY: SchedulerStatus = {
  schedulers: [],
  running: [],
  late: [],
  upcoming: [],
  notes: ['nobody ticks: nothing runs by itself until jupyter mlops scheduler start']
};

/** The tab, over a server whose schedules are these. */
function tab(states: ScheduleState[], more: Answering = () => undefined): Model {
  const model = modelOf((path, request) => {
    const answer = more(path, request);
    if (answer !== undefined) {
      return answer;
    }
    if (path === '/scheduler') {
      return NOBODY;
    }
    return path === '/schedules' ? states : undefined;
  });
  const commands = new CommandRegistry();
  addScheduleCommands(commands, model);
  executeIn(commands, model);
  shown(model, <Schedules />);
  return model;
}

it('tells how to start a scheduler where none is there, once', async () => {
  tab([]);
  expect(await screen.findByText('jupyter mlops scheduler start')).toBeVisible();
  expect(screen.queryByText(/nobody ticks/)).toBeNull();
  expect(screen.getByText('scheduler: {jupyter: true}')).toBeInTheDocument();
  expect(screen.getByText('Nothing is scheduled yet.')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Add a schedule …' })).toBeVisible();
});

it('tells of each what runs and when, what became of the last slot, and what is wrong', async () => {
  tab([
    stateOf('nightly', { last: SLOT }),
    stateOf('gone', { note: 'gone.ipynb is not there', paused: 'by ada since 2026-01-01' })
  ]);
  const nightly = await screen.findByRole('listitem', { name: 'nightly' });
  expect(nightly).toHaveTextContent('at 02:00 every day UTC');
  expect(nightly).toHaveTextContent('in 3 hours');
  expect(nightly).toHaveTextContent('failed 1 hour ago');
  expect(within(nightly).getByRole('button', { name: '01234567' })).toBeVisible();
  const gone = screen.getByRole('listitem', { name: 'gone' });
  expect(gone).toHaveTextContent('paused by ada since 2026-01-01');
  expect(gone).toHaveTextContent('gone.ipynb is not there');
  expect(gone).not.toHaveTextContent('in 3 hours');
});

it('pauses and resumes in place, and the focus stays', async () => {
  const states = [stateOf('nightly')];
  tab(states, (path, request) => {
    if (request.method !== 'POST') {
      return undefined;
    }
    states[0] = stateOf('nightly', { paused: path.endsWith('/pause') ? 'by ada' : null });
    return states[0];
  });
  const pause = await screen.findByRole('button', { name: 'Pause nightly' });
  await userEvent.click(pause);
  const resume = await screen.findByRole('button', { name: 'Resume nightly' });
  expect(resume).toHaveFocus();
  expect(screen.getByText('nightly is paused', { exact: false })).toBeInTheDocument();
  await userEvent.click(resume);
  expect(await screen.findByRole('button', { name: 'Pause nightly' })).toHaveFocus();
});

it('gives the focus to the next schedule where the one that had it is gone', async () => {
  let states = [stateOf('one'), stateOf('two')];
  const model = tab(states, path => (path === '/schedules' ? states : undefined));
  (await screen.findByRole('button', { name: 'Run one now' })).focus();
  states = [states[1]];
  await act(() => model.retry());
  await waitFor(() => expect(screen.getByRole('button', { name: 'two' })).toHaveFocus(), {
    timeout: 3_000
  });
  expect(screen.queryByRole('listitem', { name: 'one' })).toBeNull();
});

it('opens to the next times and the slots with why they are there', async () => {
  tab([stateOf('nightly')], path =>
    path.startsWith('/schedules/nightly')
      ? {
          state: stateOf('nightly', { counts: { ran: 40 } }),
          upcoming: [new Date(Date.now() + 5.5 * HOUR).toISOString()],
          slots: [SLOT, { ...SLOT, id: 2, status: 'skipped', outcome: null, why: 'still ran' }]
        }
      : undefined
  );
  const name = await screen.findByRole('button', { name: 'nightly' });
  await userEvent.click(name);
  expect(name).toHaveAttribute('aria-expanded', 'true');
  expect(await screen.findByText('in 5 hours')).toBeVisible();
  expect(screen.getByText('it was time, try 2: still ran')).toBeVisible();
  expect(screen.getByText('The newest 2 of 40.')).toBeVisible();
});

it('tells what the server says is wrong, and tries again', async () => {
  let works = false;
  tab([], path =>
    path === '/schedules' && !works
      ? json({ message: 'mlops.yaml will not do', hint: 'mend line 3' }, 400)
      : undefined
  );
  expect(await screen.findByRole('alert')).toHaveTextContent('mlops.yaml will not domend line 3');
  works = true;
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('Nothing is scheduled yet.')).toBeVisible();
});

it('has no fault that axe finds', async () => {
  tab([stateOf('nightly', { last: SLOT }), stateOf('gone', { note: 'gone' })]);
  const row = await screen.findByRole('listitem', { name: 'nightly' });
  const rules = { 'color-contrast': { enabled: false }, region: { enabled: false } };
  expect((await axe.run(row.ownerDocument.body, { rules })).violations).toEqual([]);
});

it('says what became of a slot and why it was there', () => {
  expect(statusOf(SLOT)).toBe('FAILED');
  expect(statusOf({ ...SLOT, status: 'skipped', outcome: null })).toBe('skipped');
  expect(kindText({ ...SLOT, kind: 'manual', requester: 'ada' }, trans)).toBe('run now, by ada');
  expect(noTimeText(stateOf('nightly'), trans)).toBe('never again');
  expect(noTimeText(stateOf('retrain:churn', { schedule: null }), trans)).toBe('on a breach');
});

it('shows what the schedule itself says in the fields of its notebook', () => {
  const field = { name: 'C', text: '1.0', kind: 'text', note: 'float', help: '', choices: [] };
  const fields = ['C', 'fast', 'penalty', 'seed'].map(name => ({ ...field, name }));
  const parameters = { C: 0.5, fast: true, penalty: 'l1' };
  const found = ownFields(
    fields as unknown as Parameters<typeof ownFields>[0],
    { ...SCHEDULE, parameters } as unknown as Parameters<typeof ownFields>[1]
  );
  expect(found.map(({ text }) => text)).toEqual(['0.5', 'True', 'l1', '1.0']);
});

it('finds some of many schedules, those that come next first', async () => {
  const days = (count: number): string => new Date(Date.now() + 24 * count * HOUR).toISOString();
  const many = Array.from({ length: 9 }, (_, at) => stateOf(`s${at}`, { next: days(9 - at) }));
  const failed = stateOf('broken', { last: SLOT, next: days(10) });
  const paused = stateOf('idle', { paused: days(0) });
  tab([...many, failed, paused]);
  const names = (): string[] =>
    within(screen.getByRole('list', { name: 'Schedules' }))
      .getAllByRole('button', { expanded: false })
      .map(one => one.textContent?.slice(2) ?? '')
      .filter(Boolean);
  await screen.findByText('11 schedules');
  const choose = (label: string, value: string): boolean =>
    fireEvent.change(screen.getByLabelText(label), { target: { value } });
  choose('Order', 'next');
  expect(names()).toEqual([...many.map(({ name }) => name).reverse(), 'broken', 'idle']);
  choose('Show', 'failed');
  expect(names()).toEqual(['broken']);
  expect(screen.getByText('1 of 11 schedules')).toBeVisible();
  choose('Show', 'all');
  choose('Search schedules', 'S3 train');
  expect(names()).toEqual(['s3']);
});
