import { act, fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import type { CommandRegistry } from '@lumino/commands';

import { Stream, json, modelOf, settle, shown } from '../../../__tests__/served';
import { workOf } from '../../../__tests__/worked';
import { Pipelines } from '..';
import type { PipelineDetails, PipelineRun, PipelineSummary, Run } from '../../../entities';
import { executeIn } from '../../../main/commands';
import { run as runOf } from '../../runs/__tests__/made';
import { stepRun } from './sample';

const STEPS = [
  stepRun('prepare', { state: 'finished', run_id: 'r1' }),
  stepRun('train', { state: 'finished', point: 'C=1', run_id: 'r2' }),
  stepRun('train', { state: 'finished', point: 'C=2', run_id: 'r3', selected: true }),
  stepRun('report', { state: 'failed', error: 'ValueError: no rows', run_id: 'r4' })
];
const EDGES = { train: ['prepare'], report: ['train'] };

function runWith(status: Run['status'], steps = STEPS): PipelineRun {
  const run = runOf('p1', { name: 'churn', kind: 'pipeline', status });
  return { pipeline: 'churn', run, steps, edges: EDGES, registered: null, exit_code: 0 };
}

interface ITab {
  readonly last?: PipelineRun | null;
  readonly summary?: Partial<PipelineSummary>;
  readonly refused?: Response;
}

/** The tab of a server that has one pipeline with this last run. */
async function tab({ last = runWith('FAILED'), summary = {}, refused }: ITab = {}) {
  const stream = new Stream();
  const sent: unknown[] = [];
  const asked: string[] = [];
  const opened: unknown[] = [];
  const now = { ...runWith('FAILED'), run: null, steps: [stepRun('prepare', { state: 'stale' })] };
  const served = { last };
  const model = modelOf(async (path, request) => {
    asked.push(path);
    if (request.method === 'POST') {
      sent.push(await request.json().catch(() => path));
      return refused ?? workOf({ verb: 'pipeline', subject: 'churn', run_id: 'p2' });
    }
    const details = (known: PipelineRun | null): PipelineDetails => ({
      name: 'churn',
      last: served.last,
      now: known,
      problem: ''
    });
    const answers: Record<string, unknown> = {
      '/project': { folder: '', name: '' },
      '/events': stream.response,
      '/pipelines': [
        {
          name: 'churn',
          steps: ['prepare', 'train', 'report'],
          last: served.last?.run ?? null,
          problem: '',
          ...summary
        }
      ],
      '/pipelines/churn?now=false': details(null),
      '/pipelines/churn?now=true': details(now),
      '/work': []
    };
    return answers[path];
  });
  const commands = {
    execute: (...words: unknown[]) => Promise.resolve(opened.push(words))
  } as unknown as CommandRegistry;
  executeIn(commands, model);
  await act(() => model.open(''));
  const { container, unmount } = shown(model, <Pipelines />);
  await screen.findByRole('region', { name: 'Pipeline churn' });
  const user = userEvent.setup();
  const press = async (name: string): Promise<void> => {
    await user.click(screen.getByRole('button', { name }));
    await settle();
  };
  const again = async (): Promise<void> => {
    unmount();
    shown(model, <Pipelines />);
    await screen.findByRole('region', { name: 'Pipeline churn' });
  };
  return { sent, asked, opened, user, press, container, stream, served, again };
}

const names = (): (string | null)[] =>
  screen
    .getAllByRole('button', { pressed: false })
    .map(button => button.getAttribute('aria-label'))
    .filter(Boolean);

it('shows each step as a button with its state, in the order in which they run', async () => {
  const { container, user } = await tab();
  expect(names()).toEqual([
    'prepare, finished',
    'train, C: 2 points, 2 finished',
    'report, failed'
  ]);
  screen.getByRole('button', { name: 'prepare, finished' }).focus();
  await user.keyboard('{ArrowDown}');
  expect(screen.getByRole('button', { name: /^train/ })).toHaveFocus();
  await user.keyboard('{End}{Enter}');
  expect(screen.getByText('ValueError: no rows')).toBeVisible();
  const rules = { 'color-contrast': { enabled: false } };
  expect((await axe.run(container, { rules })).violations).toEqual([]);
});

it('opens the run of a step, and the pipeline in a tab', async () => {
  const { opened, press } = await tab();
  await press('report, failed');
  await press('Open the run of report');
  await press('Open in a tab');
  expect(opened).toEqual([
    ['jupyter-mlops:open-run', { run: 'r4', project: '' }],
    ['jupyter-mlops:open-pipeline', { pipeline: 'churn', project: '' }]
  ]);
});

it('runs with what is asked for, live, and can be cancelled', async () => {
  const { sent, asked, user, press, stream, served } = await tab();
  fireEvent.click(screen.getByText('Options of the run'));
  await user.click(screen.getByRole('checkbox', { name: /Force/ }));
  fireEvent.change(screen.getByRole('combobox', { name: 'Start at' }), {
    target: { value: 'train' }
  });
  await user.type(screen.getByRole('combobox', { name: 'Name of parameter 1' }), 'C');
  await user.type(screen.getByRole('textbox', { name: 'Value of C' }), '0.5');
  served.last = runWith('RUNNING', [
    STEPS[0],
    stepRun('train', { state: 'running', cell: 2, cells: 9 }),
    stepRun('report')
  ]);
  await press('Run');
  expect(sent).toEqual([
    { force: true, only: [], start: 'train', workers: null, parameters: { C: '0.5' } }
  ]);
  expect(await screen.findByRole('button', { name: 'train, running, cell 3 of 9' })).toBeVisible();
  expect(screen.getByRole('button', { name: 'Run' })).toBeDisabled();
  await press('Cancel');
  expect(asked).toContain('/work/w1/cancel');
  served.last = runWith('KILLED', [STEPS[0], stepRun('train', { state: 'cancelled' })]);
  const ended = workOf({ verb: 'pipeline', subject: 'churn', run_id: 'p2', state: 'cancelled' });
  stream.change({ work: ended });
  expect(await screen.findByRole('button', { name: 'train, cancelled' })).toBeVisible();
  expect(await screen.findByRole('button', { name: 'Resume' })).toBeEnabled();
});

it('resumes the run that failed with what that was asked for, whatever is typed', async () => {
  const last = { ...runWith('FAILED'), asked: { x: '7' } };
  const { sent, user, press } = await tab({ last });
  expect(screen.getByText('with x = 7')).toBeVisible();
  fireEvent.click(screen.getByText('Options of the run'));
  await user.type(screen.getByRole('combobox', { name: 'Name of parameter 1' }), 'x');
  await user.type(screen.getByRole('textbox', { name: 'Value of x' }), '8');
  await press('Resume');
  expect(sent).toEqual([{ resume: 'p1' }]);
});

it('keeps what is typed while something else is looked at, and says what of it is not used', async () => {
  const { sent, user, press, again } = await tab();
  fireEvent.click(screen.getByText('Options of the run'));
  await user.type(screen.getByRole('textbox', { name: 'Value of parameter 1' }), '8');
  expect(screen.getByText('Without a name it is not used.')).toBeVisible();
  await user.type(screen.getByRole('combobox', { name: 'Name of parameter 1' }), 'x');
  expect(screen.queryByText('Without a name it is not used.')).toBeNull();
  await again();
  expect(screen.getByText('1 option set')).toBeVisible();
  await press('Run');
  expect(sent).toMatchObject([{ parameters: { x: '8' } }]);
});

it('says with a hint why it is not run', async () => {
  const refused = json({ message: 'no parameter Q', hint: 'did you mean C?' }, 422);
  const { press } = await tab({ refused });
  await press('Resume');
  expect(await screen.findByRole('alert')).toHaveTextContent('no parameter Qdid you mean C?');
});

it('explains what would run only when that is asked for', async () => {
  const { asked, press } = await tab();
  expect(asked).not.toContain('/pipelines/churn?now=true');
  await press('Explain');
  expect(await screen.findByText('A run would run 1 of 1 steps.')).toBeVisible();
  expect(screen.getByRole('button', { name: 'prepare, stale' })).toBeVisible();
});

it('shows at once what would run where nothing has run yet', async () => {
  await tab({ last: null });
  expect(screen.getByText('has not run')).toBeVisible();
  expect(await screen.findByRole('button', { name: 'prepare, stale' })).toBeVisible();
});

it('tells of a pipeline that cannot run why, and how to mend it', async () => {
  const problem = 'mlops.yaml: no such notebook: gone.ipynb (notebooks there: fit.ipynb)';
  const { asked } = await tab({ last: null, summary: { problem } });
  expect(screen.getByText('cannot run')).toBeVisible();
  expect(screen.getByText('notebooks there: fit.ipynb')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Run' })).toBeDisabled();
  expect(asked).not.toContain('/pipelines/churn?now=true');
});
