import type { NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';

import { RequestError } from '../../request';
import type { IMLOps } from '../../tokens';
import { Records } from '../records';

class Server {
  state = 'ok';
  progress: ReadonlyMap<string, object> = new Map();
  readonly progressChanged = new Signal<this, void>(this);
  readonly stateChanged = new Signal<this, void>(this);
  readonly topicsChanged = new Signal<this, readonly string[]>(this);
  readonly asked: unknown[] = [];
  answer: unknown = { path: 'a.ipynb', tracked: null, cells: [] };

  get = (_: string, asked: unknown): Promise<unknown> => {
    this.asked.push(asked);
    return this.answer instanceof Error
      ? Promise.reject(this.answer)
      : Promise.resolve(this.answer);
  };
}

class Panel {
  isVisible = true;
  readonly disposed = new Signal<this, void>(this);
  readonly context = {
    path: 'a.ipynb',
    ready: Promise.resolve(),
    pathChanged: new Signal<object, string>({})
  };
}

let server: Server;
let panel: Panel;
let records: Records;
let told: number;

async function soon(): Promise<void> {
  await jest.advanceTimersByTimeAsync(600);
}

beforeEach(async () => {
  jest.useFakeTimers();
  server = new Server();
  panel = new Panel();
  told = 0;
  records = new Records(
    panel as unknown as NotebookPanel,
    server as unknown as IMLOps,
    () => panel.context.path
  );
  records.changed.connect(() => (told += 1));
  await soon();
});

afterEach(() => {
  records.dispose();
  jest.useRealTimers();
});

it('asks of which notebook it is, and says once what is new', async () => {
  expect(server.asked).toEqual([{ query: { path: 'a.ipynb' }, project: 'a.ipynb' }]);
  expect(records.known?.path).toBe('a.ipynb');
  records.refresh();
  await soon();
  expect(told).toBe(1);
});

it('asks once for many changes of runs, and not for those of others', async () => {
  for (const topics of [['runs'], ['models'], ['runs', 'data'], ['runs']]) {
    server.topicsChanged.emit(topics);
  }
  await soon();
  expect(server.asked).toHaveLength(2);
});

it('follows a run of the notebook from cell to cell, and no other one', async () => {
  server.answer = { path: 'a.ipynb', tracked: null, cells: [{ cell_id: 'c', run_id: 'ours' }] };
  server.topicsChanged.emit(['runs']);
  await soon();
  server.progress = new Map([['another', {}]]);
  server.progressChanged.emit();
  await soon();
  expect(server.asked).toHaveLength(2);
  server.progress = new Map([['ours', {}]]);
  for (let looks = 0; looks < 4; looks++) {
    server.progressChanged.emit(); // more often than it asks
    await jest.advanceTimersByTimeAsync(300);
  }
  await soon();
  expect(server.asked.length).toBeGreaterThan(3);
});

it('waits until the notebook is seen', async () => {
  panel.isVisible = false;
  records.refresh();
  await soon();
  expect(server.asked).toHaveLength(1);
  panel.isVisible = true;
  records.wake();
  await soon();
  expect(server.asked).toHaveLength(2);
  records.wake();
  await soon();
  expect(server.asked).toHaveLength(2);
});

it('is quiet where the server extension is off, or the server is away', async () => {
  server.state = 'disabled';
  records.refresh();
  await soon();
  expect(server.asked).toHaveLength(1);
  server.state = 'away';
  server.answer = new RequestError('away', '', 0, 'away');
  records.refresh();
  await soon();
  expect(server.asked).toHaveLength(2);
  expect(records.known).not.toBeNull();
});

it('forgets what it knew of another name', async () => {
  server.answer = { path: 'b.ipynb', tracked: null, cells: [] };
  panel.context.path = 'b.ipynb';
  panel.context.pathChanged.emit('b.ipynb');
  expect(records.known).toBeNull();
  await soon();
  expect(records.known?.path).toBe('b.ipynb');
});

it('asks no more once the notebook is closed', async () => {
  panel.disposed.emit();
  records.refresh();
  server.topicsChanged.emit(['runs']);
  await soon();
  expect(server.asked).toHaveLength(1);
});
