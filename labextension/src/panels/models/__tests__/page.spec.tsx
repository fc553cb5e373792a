import { PromiseDelegate } from '@lumino/coreutils';
import { act, fireEvent, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';

import { modelOf, settle, shown } from '../../../__tests__/served';
import { workOf } from '../../../__tests__/worked';
import type { ModelDetails, Work } from '../../../entities';
import { Models } from '..';
import { entryOf, gateOf, modelOfChurn, reportFor, versionOf } from './sample';

const SUMMARY = {
  name: 'churn',
  versions: 2,
  newest: versionOf('2'),
  aliases: { champion: '1' },
  gates: '1 failed',
  rejected: false
};
const RUN = {
  run: { run_id: 'run2', name: 'train C=4', notebook: 'train.ipynb' },
  datasets: [
    { name: 'customers', number: 3, digest: 'abcdef', context: 'training', rows: 200, wrote: false }
  ],
  provenance: null
};
const CLOSED = reportFor('2', [
  gateOf('accuracy >= 0.9', { status: 'failed', message: 'accuracy is 0.8' }),
  gateOf('not rejected', { implied: true })
]);

interface ISent {
  readonly path: string;
  readonly body: unknown;
}

/** The tab of a server that has this model, and answers decisions with this work. */
async function tab(details: Partial<ModelDetails> = {}, work: Partial<Work> = {}) {
  const sent: ISent[] = [];
  const known = modelOfChurn({ higher: { accuracy: true, loss: false }, ...details });
  const served: { read: unknown } = { read: known };
  const model = modelOf(async (path, request) => {
    if (request.method === 'POST') {
      sent.push({ path, body: await request.json() });
      return workOf({ state: 'done', ...work });
    }
    const answers: Record<string, unknown> = {
      '/models': [SUMMARY],
      '/models/churn': served.read,
      '/runs/run2': RUN,
      '/runs/run1': RUN,
      '/work': []
    };
    return answers[path] ?? (path === '/project' ? { folder: '', name: '' } : undefined);
  });
  await act(() => model.open(''));
  const { container } = shown(model, <Models />);
  await screen.findByText('customers@3');
  const user = userEvent.setup();
  const press = async (name: string): Promise<void> => {
    await user.click(screen.getByRole('button', { name }));
    await settle();
  };
  return { sent, user, press, container, known, served };
}

it('tells who let the champion in, where a version comes from, and what is better and worse', async () => {
  const { container } = await tab();
  expect(screen.getByText(/let in by ada \(system\)/)).toBeVisible();
  const [, second] = within(screen.getByRole('region', { name: 'Versions' })).getAllByRole('row');
  expect(second).toHaveTextContent('+0.05 better');
  expect(second).toHaveTextContent('+0.1 worse');
  expect(screen.getByRole('button', { name: 'train C=4' })).toBeVisible();
  expect(screen.getByText('customers@3')).toBeVisible();
  expect(screen.getByText(/training · 200 rows/)).toBeVisible();
  const rules = { 'color-contrast': { enabled: false } };
  expect((await axe.run(container, { rules })).violations).toEqual([]);
});

it('says what a promotion will do before it is done, and gives the focus back', async () => {
  const { sent, user, press, known, served } = await tab({}, { verb: 'promote' });
  await press('Promote …');
  const question = screen.getByRole('group', { name: 'Promote churn@2?' });
  expect(question).toHaveTextContent('The alias champion moves from version 1 to version 2.');
  expect(screen.getByRole('textbox', { name: /Reason/ })).toHaveFocus();
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('group', { name: /Promote churn/ })).toBeNull();
  expect(screen.getByRole('button', { name: 'Promote …' })).toHaveFocus();
  expect(sent).toEqual([]);
  await press('Promote …');
  await user.keyboard('it is better');
  const read = new PromiseDelegate<ModelDetails>();
  served.read = read.promise;
  await press('Promote');
  expect(screen.queryByText('churn@2 is the champion now.')).toBeNull();
  expect(screen.getByRole('button', { name: 'Roll back …' })).toHaveAttribute(
    'aria-disabled',
    'true'
  );
  read.resolve(known);
  expect(sent).toEqual([
    {
      path: '/models/churn/promote',
      body: { version: '2', to: 'champion', reason: 'it is better', override: false }
    }
  ]);
  expect(await screen.findByText('churn@2 is the champion now.')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Promote …' })).toHaveFocus();
});

it('shows the gates of a refused promotion, and overrides them with a reason only', async () => {
  const refused = {
    verb: 'promote',
    state: 'failed',
    kind: 'GateReport',
    result: { ...CLOSED },
    problem: '1 of 2 gates said no',
    hint: 'train a better one'
  } as const;
  const { sent, user, press } = await tab({}, refused);
  expect(screen.queryByRole('button', { name: 'Override …' })).toBeNull();
  await press('Promote …');
  await press('Promote');
  const alert = await screen.findByRole('alert');
  expect(alert).toHaveTextContent('1 of 2 gates said no');
  expect(alert).toHaveTextContent('train a better one');
  expect(screen.getByRole('list', { name: 'Gates' })).toHaveTextContent('accuracy is 0.8');
  await press('Override …');
  const question = screen.getByRole('group', { name: /in spite of its gates/ });
  expect(question).toHaveTextContent('accuracy >= 0.9');
  const override = screen.getByRole('button', { name: 'Override and promote' });
  expect(override).toBeDisabled();
  await user.keyboard('agreed with the board');
  expect(override).toBeEnabled();
  await press('Override and promote');
  expect(sent[1].body).toMatchObject({ override: true, reason: 'agreed with the board' });
});

it('rolls back to the version before, approves, and rejects with a reason', async () => {
  const entries = [entryOf(), entryOf({ number: 2, from_version: '1', to_version: '2' })];
  const { history } = modelOfChurn();
  const moved = { ...history, entries, aliases: { champion: '2' } } as ModelDetails['history'];
  const { sent, user, press } = await tab({ history: moved });
  await press('Roll back …');
  expect(screen.getByRole('group', { name: 'Roll back churn?' })).toHaveTextContent(
    'goes back from version 2 to version 1'
  );
  await press('Roll back');
  await press('Approve …');
  await press('Approve');
  await press('Reject …');
  expect(screen.getByRole('button', { name: 'Reject' })).toBeDisabled();
  await user.keyboard('leaks the target');
  await press('Reject');
  expect(sent.map(({ path }) => path)).toEqual([
    '/models/churn/rollback',
    '/models/churn/approve',
    '/models/churn/reject'
  ]);
  expect(sent[2].body).toMatchObject({ version: '1', reason: 'leaks the target' });
});

it('does not promote the champion to what it is, and any version to challenger without gates', async () => {
  const { user, press } = await tab({ gates: { '2': CLOSED } });
  await user.click(screen.getByRole('button', { name: 'Version 1' }));
  await press('Promote …');
  expect(screen.getByText('churn@1 is the champion already.')).toBeVisible();
  expect(screen.getByRole('button', { name: 'Promote' })).toBeDisabled();
  fireEvent.change(screen.getByRole('combobox', { name: 'Alias' }), {
    target: { value: 'challenger' }
  });
  expect(screen.getByText('Version 1 becomes the first challenger.')).toBeVisible();
  expect(screen.getByText(/only that nobody rejected the version/)).toBeVisible();
  expect(screen.getByRole('button', { name: 'Promote' })).toBeEnabled();
});

it('shows the ledger, and what is wrong with it', async () => {
  const { history } = modelOfChurn();
  const findings = [{ kind: 'changed', message: 'entry 1 is not as it was written', number: 1 }];
  await tab({ history: { ...history, findings } as ModelDetails['history'] });
  fireEvent.click(screen.getByText('History'));
  expect(await screen.findByText(/entry 1 is not as it was written/)).toBeVisible();
  expect(screen.getByRole('region', { name: 'Ledger' })).toHaveTextContent('promoted to champion');
});
