import { RenderMimeRegistry } from '@jupyterlab/rendermime';
import { screen } from '@testing-library/react';

import { Stream, json, modelOf, settle, shown } from '../../__tests__/served';
import type { RunDetails, RunProgress } from '../../entities';
import { detailsOf } from '../../panels/runs/__tests__/made';
import { RunView } from '../RunView';

/** The page of that run, and what it asked for. */
async function page(details: RunDetails, progress: RunProgress[] = []): Promise<string[]> {
  const events = new Stream();
  const asked: string[] = [];
  const model = modelOf(path => {
    asked.push(path);
    if (path.startsWith('/events')) {
      return events.response;
    }
    return path === '/runs/a'
      ? details
      : path.endsWith('/notebook')
        ? json({ message: 'run a left no notebook', hint: 'see: jupyter mlops show' }, 404)
        : path.endsWith('/log')
          ? { lines: [] }
          : [];
  });
  const rendermime = new RenderMimeRegistry();
  shown(
    model,
    <RunView run="a" part="notebook" turn={0} rendermime={rendermime} onName={() => undefined} />
  );
  await settle();
  events.change({ progress });
  await settle();
  await settle();
  return asked;
}

it('has no part for a notebook where the run has none', async () => {
  const asked = await page(detailsOf({ kind: 'check', notebook: null }));
  expect(screen.getAllByRole('tab').map(tab => tab.textContent)).toEqual(['Overview', 'Log']);
  expect(screen.getByRole('tab', { name: 'Overview' })).toHaveAttribute('aria-selected', 'true');
  expect(asked).not.toContain('/runs/a/notebook');
  expect(screen.queryByRole('alert')).toBeNull();
});

it('says so where nothing is left of the notebook, and asks for no second try', async () => {
  await page(detailsOf());
  expect(screen.getByText('run a left no notebook')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
});

it('follows a session, which is ended in its notebook', async () => {
  const progress = { run_id: 'a', done: 4, cells: 0, cell: null, name: '', began: null };
  await page(detailsOf({ kind: 'session', status: 'RUNNING', ended: null }), [
    { ...progress, step: '', pipeline: '' }
  ]);
  expect(screen.getByText('4 cells so far')).toBeVisible();
  expect(screen.queryByRole('progressbar')).toBeNull();
  expect(screen.queryByRole('button', { name: 'Cancel …' })).toBeNull();
});

it('offers to end a headless run', async () => {
  await page(detailsOf({ status: 'RUNNING', ended: null }));
  expect(screen.getByRole('button', { name: 'Cancel …' })).toBeVisible();
});

it('calls a run that somebody ended no error', async () => {
  await page(detailsOf({ status: 'KILLED', error: 'SIGTERM' }));
  expect(screen.getByText('It was cancelled.')).toBeVisible();
  expect(screen.queryByRole('alert')).toBeNull();
});
