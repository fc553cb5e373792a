import { Dialog, Notification } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, screen, waitFor } from '@testing-library/react';

import { RequestError } from '../../request';
import type { IMLOps } from '../../tokens';
import { Memory } from '../memory';
import { NotebookDialogs } from '../notebook';

const INFO = { path: 'p/a.ipynb', folder: 'p', fields: [], models: [], experiments: [], note: '' };

let answers: Record<string, unknown>;
let posted: unknown[];
let models: string[];
let panel: NotebookPanel | null;
let dialogs: NotebookDialogs;

function answer(path: string): Promise<unknown> {
  const found = answers[path];
  return found instanceof Error ? Promise.reject(found) : Promise.resolve(found);
}

async function press(name: string): Promise<void> {
  fireEvent.click(await screen.findByText(name));
}

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false }); // JupyterLab renders on its own
  Notification.manager.dismiss();
  answers = { '/notebook': INFO };
  posted = [];
  models = [];
  panel = null;
  const mlops = {
    trans: nullTranslator.load('jupyter-mlops'),
    get: answer,
    ended: () => new Promise(() => undefined),
    workChanged: { connect: () => true },
    progressChanged: { connect: () => true },
    stateChanged: { connect: () => true },
    post: (path: string, asked: object) => {
      posted.push({ path, ...asked });
      return answer(path);
    }
  };
  dialogs = new NotebookDialogs(mlops as unknown as IMLOps, new Memory(null), {
    run: () => undefined,
    model: (model, project) => models.push(`${project}: ${model}`),
    at: () => panel
  });
});

afterEach(() => Dialog.flush());

it('opens the one model that the runs of a notebook registered', async () => {
  answers['/notebook'] = { ...INFO, models: ['churn'] };
  await dialogs.promote('p/a.ipynb');
  expect(models).toEqual(['p: churn']);
});

it('lets one of several models be chosen', async () => {
  answers['/notebook'] = { ...INFO, models: ['churn', 'value'] };
  const done = dialogs.promote('p/a.ipynb');
  await screen.findByText('Registered model');
  fireEvent.change(screen.getByRole('combobox', { hidden: true }), { target: { value: 'value' } });
  await press('Open');
  await done;
  expect(models).toEqual(['p: value']);
});

it('says how a model comes about where there is none', async () => {
  const done = dialogs.promote('p/a.ipynb');
  expect(await screen.findByText(/jupyter mlops run a.ipynb --register NAME/)).toBeInTheDocument();
  await press('Close');
  await done;
  expect(models).toEqual([]);
});

it('tells what the server says with its hint', async () => {
  answers['/notebook'] = new RequestError('the store is away', 'start it', 503);
  const done = dialogs.run('p/a.ipynb');
  expect(await screen.findByText(/the store is away/)).toHaveTextContent('start it');
  await press('Close');
  await done;
});

it.each([
  [[], 'warning', /once there is a scheduler; start one: jupyter mlops scheduler start/],
  [[{ alive: true }], 'success', /nightly is added and runs next on/]
])('schedules a notebook of its project, and says who runs it: %j', async (known, type, said) => {
  answers['/schedule-form'] = { zones: [], overlaps: [], misfires: [] };
  answers['/schedules'] = { name: 'nightly', next: '2026-12-01T02:00:00Z', when: 'daily' };
  answers['/scheduler'] = { schedulers: known };
  const done = dialogs.schedule('p/a.ipynb');
  fireEvent.change(await screen.findByLabelText('When'), { target: { value: 'every' } });
  fireEvent.change(screen.getByLabelText('Interval'), { target: { value: '6h' } });
  await press('Add the schedule');
  await done;
  expect(posted).toMatchObject([
    { path: '/schedules', project: 'p', body: { what: 'a.ipynb', mode: 'every', when: '6h' } }
  ]);
  const [told] = Notification.manager.notifications;
  expect(told).toMatchObject({ type, message: expect.stringMatching(said) });
});

it.each([
  ['Save and go on', 1, true],
  ['Use the file as it is', 0, true],
  ['Cancel', 0, false]
])('offers to save what was changed: %s', async (choice, saves, goesOn) => {
  const save = jest.fn(() => {
    context.model.dirty = false;
    return Promise.resolve();
  });
  const context = { model: { dirty: true }, save };
  panel = { context } as unknown as NotebookPanel;
  const done = dialogs.run('p/a.ipynb');
  await press(choice);
  if (goesOn) {
    await screen.findByLabelText('Experiment');
    await press('Cancel');
  }
  await done;
  expect(save).toHaveBeenCalledTimes(saves);
  await waitFor(() => expect(screen.queryByText('Cancel')).toBeNull());
});

it('follows again the runs that go on while the page is loaded anew', async () => {
  const work = { id: 'w', verb: 'run', state: 'running', run_id: null, subject: 'p/a.ipynb' };
  answers['/work'] = [
    { ...work, said: 'cell 1' },
    { ...work, id: 'x', state: 'done' },
    { ...work, id: 'y', verb: 'gates' }
  ];
  await dialogs.resume();
  const told = Notification.manager.notifications.map(({ message }) => message);
  expect(told).toEqual(['a.ipynb: cell 1']);
});
