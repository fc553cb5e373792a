import { act, screen } from '@testing-library/react';
import axe from 'axe-core';

import { modelOf, settle, shown, type Answering } from '../../__tests__/served';
import type { Model } from '../../model';
import { TABS, type TabName } from '../../tokens';
import { Panel } from '../panel';

const INFO = { folder: '', name: 'churn', problem: '', hint: '' };

/** A server that has no project, or one of which nothing can be told but its name. */
function serving(answering: () => unknown): Model {
  const serve: Answering = path =>
    path.startsWith('/project')
      ? answering()
      : path.startsWith('/events')
        ? undefined
        : new Promise(() => undefined);
  return modelOf(serve, { patience: 100_000 });
}

it.each(TABS)('shows the tab %s without a fault that axe finds', async tab => {
  const model = serving(() => INFO);
  const { container } = shown(model, <Panel tab={tab} onTab={() => undefined} />);
  await act(() => model.open(''));
  expect(screen.getByRole('heading', { name: 'Project churn' })).toBeVisible();
  expect(screen.getByRole('tab', { selected: true })).toHaveTextContent(new RegExp(tab, 'i'));
  // colours are not drawn here
  const rules = { 'color-contrast': { enabled: false } };
  expect((await axe.run(container, { rules })).violations).toEqual([]);
});

it('tells which tab was chosen', async () => {
  const chosen: TabName[] = [];
  shown(
    serving(() => INFO),
    <Panel tab="runs" onTab={tab => chosen.push(tab)} />
  );
  screen.getByRole('tab', { name: 'Models' }).click();
  await settle();
  expect(chosen).toEqual(['models']);
});

it('says what is wrong with the server, and looks again when asked to', async () => {
  let isThere = false;
  const model = serving(() => (isThere ? INFO : new Response('', { status: 404 })));
  shown(model, <Panel tab="runs" onTab={() => undefined} />);
  await act(() => model.open(''));
  expect(screen.getByRole('alert')).toHaveTextContent(
    'jupyter server extension enable jupyter_mlops'
  );
  isThere = true;
  screen.getByRole('button', { name: 'Try again' }).click();
  expect(await screen.findByRole('heading', { name: 'Project churn' })).toBeVisible();
  expect(screen.queryByRole('alert')).toBeNull();
});
