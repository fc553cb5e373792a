import { Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import { PromiseDelegate } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';

import { fireEvent, screen, waitFor } from '@testing-library/react';

import type { RunProgress, Work } from '../../entities';
import { RequestError } from '../../request';
import type { IMLOps } from '../../tokens';
import { follow } from '../following';

const WORK = {
  ...{ id: 'w1', verb: 'run', state: 'running', run_id: null, said: '', problem: '', hint: '' },
  folder: 'work'
} as unknown as Work;

class Server {
  readonly trans = nullTranslator.load('jupyter-mlops');
  readonly workChanged = new Signal<this, Work>(this);
  readonly progressChanged = new Signal<this, void>(this);
  readonly end = new PromiseDelegate<Work>();
  readonly progress = new Map<string, RunProgress>();
  readonly posted: unknown[] = [];
  readonly stateChanged = new Signal<this, void>(this);
  state = 'ok';

  ended = (): Promise<Work> => this.end.promise;
  post = (path: string, asked: unknown): Promise<Work> => {
    this.posted.push([path, asked]);
    return Promise.resolve({ ...WORK, state: 'cancelled' });
  };

  step(done: number, cell: number | null): void {
    this.progress.set('r1', { run_id: 'r1', done, cell, cells: 12 } as RunProgress);
    this.progressChanged.emit();
  }
}

let server: Server;
let opened: string[][];
let following: Promise<Work>;

function last(): Notification.INotification {
  const [newest] = Notification.manager.notifications;
  return newest;
}

function press(label: string): boolean {
  const event = new MouseEvent('click', { cancelable: true });
  last()
    .options.actions?.find(action => action.label === label)
    ?.callback(event);
  return event.defaultPrevented;
}

beforeEach(() => {
  Notification.manager.dismiss();
  server = new Server();
  opened = [];
  const mlops = server as unknown as IMLOps;
  following = follow(mlops, 'train.ipynb', WORK, (...run) => opened.push(run));
});

it('tells live how far the run is, in one notification', () => {
  expect(last()).toMatchObject({ message: 'train.ipynb: starting …', type: 'in-progress' });
  server.workChanged.emit({ ...WORK, id: 'another', run_id: 'r9' });
  server.workChanged.emit({ ...WORK, run_id: 'r1' });
  server.step(2, 3);
  expect(last().message).toBe('train.ipynb: cell 3 of 12');
  expect(last().options.progress).toBeCloseTo(2 / 12);
  server.step(12, null);
  expect(last().message).toBe('train.ipynb: cell 12 of 12');
  expect(Notification.manager.count).toBe(1);
});

it('opens and cancels the run, and stays', async () => {
  expect(press('Open')).toBe(false);
  server.workChanged.emit({ ...WORK, run_id: 'r1' });
  expect(press('Open')).toBe(true);
  expect(opened).toEqual([['r1', 'work']]);
  expect(press('Cancel')).toBe(true);
  expect(server.posted).toEqual([
    ['/work/{work}/cancel', { names: { work: 'w1' }, project: 'work' }]
  ]);
  await Promise.resolve();
  expect(last()).toMatchObject({ message: 'train.ipynb was cancelled.', type: 'warning' });
});

it.each([
  [{ state: 'done' }, 'train.ipynb finished.', 'success'],
  [
    { state: 'failed', problem: 'cell 3: ValueError', hint: 'mend it' },
    'train.ipynb failed: cell 3: ValueError (mend it)',
    'error'
  ]
])('tells how the run ended: %j', async (end, message, type) => {
  server.end.resolve({ ...WORK, run_id: 'r1', ...end } as Work);
  await following;
  expect(last()).toMatchObject({ message, type });
  expect(last().options.actions?.map(({ label }) => label)).toEqual(['Open']);
});

it('says so where nobody knows of the run any more', async () => {
  server.end.reject(new RequestError('no such work', 'look at the runs', 404));
  await following;
  expect(last().message).toBe('train.ipynb failed: no such work (look at the runs)');
});

it('waits for a server that is away', () => {
  server.state = 'away';
  server.stateChanged.emit();
  expect(last().message).toBe('train.ipynb: waiting for the Jupyter server …');
  server.state = 'ok';
  server.stateChanged.emit();
  expect(last()).toMatchObject({ message: 'train.ipynb: starting …', type: 'in-progress' });
});

it('tells in a dialog why a run failed where that is too long for a notification', async () => {
  const problem = `ValueError: ${'far '.repeat(40)}too long`;
  server.end.resolve({ ...WORK, state: 'failed', problem, hint: 'mend it' });
  await following;
  expect(press('Why?')).toBe(true);
  expect(await screen.findByText(/too long \(mend it\)$/)).toBeInTheDocument();
  fireEvent.click(screen.getByText('Close'));
  await waitFor(() => expect(screen.queryByText('Close')).toBeNull());
});
