import { StateDB } from '@jupyterlab/statedb';
import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, screen, waitFor } from '@testing-library/react';

import type { NotebookInfo, Work } from '../../entities';
import { RequestError } from '../../request';
import { ask } from '../dialog';
import { Memory, type IRemembered } from '../memory';
import { RunModel, type IRunAsked } from '../run';
import { RunForm } from '../runForm';

const trans = nullTranslator.load('jupyter-mlops');
const NOTHING: IRemembered = { texts: {}, experiment: '', registerAs: '' };
const INFO = {
  path: 'work/train.ipynb',
  fields: [
    { name: 'C', kind: 'text', choices: [], text: '1.0', note: 'float', help: '' },
    { name: 'rows', kind: 'text', choices: [], text: '10', note: 'int', help: '' }
  ],
  experiments: ['churn'],
  note: ''
} as unknown as NotebookInfo;

let asked: IRunAsked[];
let answers: (Error | Work)[];

async function show(last = NOTHING): Promise<{ answer: Promise<Work | null> }> {
  const model = new RunModel(INFO, last, async body => {
    asked.push(body);
    const answer = answers.shift();
    if (answer instanceof Error) {
      throw answer;
    }
    return answer as Work;
  });
  const body = <RunForm model={model} trans={trans} />;
  const answer = ask({ title: 'Run train.ipynb', accept: 'Start', model, body, trans });
  await screen.findByLabelText('C');
  return { answer };
}

function type(label: string, value: string): void {
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
}

async function press(name: string): Promise<void> {
  await act(async () => {
    fireEvent.click(screen.getByText(name));
    await Promise.resolve();
  });
}

beforeEach(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false }); // JupyterLab renders on its own
  asked = [];
  answers = [];
});

it('sends what differs from the notebook, and closes once the run goes on', async () => {
  const { answer } = await show();
  answers = [{ id: 'w1' } as Work];
  type('C', '0.5');
  type('Experiment', ' churn ');
  type('Register as', 'model');
  await press('Start');
  expect(await answer).toEqual({ id: 'w1' });
  expect(asked).toEqual([
    {
      path: 'work/train.ipynb',
      parameters: { C: '0.5' },
      experiment: 'churn',
      register_as: 'model'
    }
  ]);
  expect(screen.queryByLabelText('C')).toBeNull();
});

it('stays open where a value is refused, and leads to its field', async () => {
  const { answer } = await show();
  answers = [
    new RequestError('not run: rows does not fit', '', 400, 'refused', { rows: 'no int' }),
    { id: 'w1' } as Work
  ];
  type('rows', 'many');
  await press('Start');
  await waitFor(() => expect(screen.getByLabelText('rows')).toHaveFocus());
  expect(screen.getByLabelText('rows')).toHaveAccessibleDescription(/no int/);
  type('rows', '5');
  expect(screen.getByLabelText('rows')).toBeValid();
  fireEvent.keyDown(screen.getByLabelText('rows'), { key: 'Enter' });
  expect(await answer).toEqual({ id: 'w1' });
});

it('tells what else is wrong with its hint, and sends nothing where it is cancelled', async () => {
  const { answer } = await show();
  answers = [new RequestError('the server is away', 'start it', 0, 'away')];
  await press('Start');
  const told = (await screen.findByText('the server is away')).closest('[role="alert"]');
  expect(told).toHaveTextContent('start it');
  await press('Cancel');
  expect(await answer).toBeNull();
  expect(asked).toHaveLength(1);
});

it('begins with what was filled in last, as far as the notebook has such parameters', async () => {
  const { answer } = await show({ texts: { C: '7', gone: 'x' }, experiment: 'e', registerAs: '' });
  expect(screen.getByLabelText('C')).toHaveValue('7');
  expect(screen.getByLabelText('Experiment')).toHaveValue('e');
  fireEvent.click(screen.getByText('Back to the notebook’s own'));
  expect(screen.getByLabelText('C')).toHaveValue('1.0');
  await press('Cancel');
  await answer;
});

it('keeps no secret, and not where one is', async () => {
  const memory = new Memory(new StateDB());
  const texts = {
    C: '0.5',
    api_key: 'x',
    db_password: 'y',
    where: 'env:TOKEN',
    token: 'z',
    file: 'file:a'
  };
  await memory.keep('a.ipynb', { texts, experiment: 'e', registerAs: 'm' });
  expect(await memory.of('a.ipynb')).toEqual({
    texts: { C: '0.5' },
    experiment: 'e',
    registerAs: 'm'
  });
  expect(await memory.of('b.ipynb')).toEqual(NOTHING);
  expect(await new Memory(null).of('a.ipynb')).toEqual(NOTHING);
});
