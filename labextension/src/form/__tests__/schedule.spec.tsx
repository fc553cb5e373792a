import { nullTranslator } from '@jupyterlab/translation';
import { act, fireEvent, render, screen } from '@testing-library/react';

import type { AddSchedule, ScheduleState } from '../../entities';
import { ScheduleModel, type IScheduleCalls, type IWhen } from '../schedule';
import { ScheduleForm } from '../scheduleForm';

const trans = nullTranslator.load('jupyter-mlops');
const CHOICES = {
  notebooks: ['a.ipynb', 'b.ipynb'],
  pipelines: ['churn'],
  zones: ['Europe/Berlin'],
  overlaps: ['skip', 'queue'],
  misfires: ['latest', 'all']
};
const C = { name: 'C', kind: 'text' as const, choices: [], text: '1.0', note: 'float', help: '' };

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

class Server implements IScheduleCalls {
  previews: IWhen[] = [];
  added: AddSchedule[] = [];
  refusal: unknown = null;

  choices = (): ReturnType<IScheduleCalls['choices']> => Promise.resolve(CHOICES);
  fields = (notebook: string): ReturnType<IScheduleCalls['fields']> =>
    Promise.resolve({ fields: notebook === 'a.ipynb' ? [C] : [], note: `of ${notebook}` });
  preview = (asked: IWhen): ReturnType<IScheduleCalls['preview']> => {
    this.previews.push(asked);
    const error = asked.when.includes('25') ? 'hour 25 is not 0-23' : '';
    const words = error ? '' : 'at 02:00 every day';
    return Promise.resolve({ words, error, times: error ? [] : ['2026-12-01T02:00:00Z'] });
  };
  add = (asked: AddSchedule): Promise<ScheduleState> => {
    this.added.push(asked);
    return this.refusal
      ? Promise.reject(this.refusal)
      : Promise.resolve({ name: 'nightly' } as ScheduleState);
  };
}

async function show(server: Server, fixed = ''): Promise<ScheduleModel> {
  const model = new ScheduleModel(server, fixed);
  render(<ScheduleForm model={model} trans={trans} />);
  await act(() => jest.advanceTimersByTimeAsync(0));
  return model;
}

async function type(label: string, value: string): Promise<void> {
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
  await act(() => jest.advanceTimersByTimeAsync(300));
}

it('tells in words when it would run, once a person has typed', async () => {
  const server = new Server();
  await show(server, 'a.ipynb');
  fireEvent.change(screen.getByLabelText('Time'), { target: { value: '0' } });
  await type('Time', '0 2 * * *');
  expect(server.previews.map(({ when }) => when)).toEqual(['0 2 * * *']);
  expect(screen.getByText('at 02:00 every day')).toBeVisible();
  expect(screen.getAllByRole('listitem')).toHaveLength(1);
  await type('Time', '0 25 * * *');
  expect(screen.getByLabelText('Time')).toBeInvalid();
  expect(screen.getByLabelText('Time')).toHaveAccessibleDescription(/hour 25 is not 0-23/);
});

it('asks for the parameters of the notebook that is chosen', async () => {
  const server = new Server();
  const model = await show(server);
  await type('What runs', 'a.ipynb');
  expect(screen.getByLabelText('C')).toHaveValue('1.0');
  await type('What runs', 'churn');
  expect(screen.queryByLabelText('C')).toBeNull();
  expect(model.state.note).toBe('');
});

it('sends what was filled in, and no time zone where that says nothing', async () => {
  const server = new Server();
  const model = await show(server, 'a.ipynb');
  await type('Time', '*/5 * * * *');
  await type('When', 'every');
  expect(screen.getByLabelText('Interval')).toHaveValue('');
  await type('Interval', '6h');
  await type('C', '0.5');
  await type('Name', 'often');
  await type('Tries after a failure', '2x');
  await act(() => model.submit());
  const plain = { overlap: 'skip', misfire: 'latest', register_as: null };
  expect(server.added).toEqual([
    {
      ...plain,
      ...{ what: 'a.ipynb', mode: 'every', when: '6h', timezone: '', name: 'often', retries: 2 },
      parameters: { C: '0.5' }
    }
  ]);
});

it('leads to the first field that is wrong', async () => {
  const server = new Server();
  const model = await show(server, 'a.ipynb');
  server.refusal = {
    message: 'not added: C does not fit',
    hint: 'choose others',
    wrong: { C: 'parameter C: a lot', ':name': 'there is one already' }
  };
  await act(() => model.submit());
  expect(screen.getByLabelText('Name')).toHaveFocus();
  expect(screen.getByLabelText('C')).toHaveAccessibleDescription(/a lot/);
  expect(screen.getByText('choose others')).toBeVisible();
  await type('C', '2');
  expect(screen.getByLabelText('C')).toBeValid();
});

it('opens what is folded where something in it is wrong', async () => {
  const server = new Server();
  const model = await show(server, 'a.ipynb');
  expect(screen.getByLabelText('If it is late')).not.toBeVisible();
  server.refusal = { message: 'no', hint: '', wrong: { ':misfire': 'misfire: none of them' } };
  await act(() => model.submit());
  expect(screen.getByLabelText('If it is late')).toHaveFocus();
});

it('tells what is about no field with its hint', async () => {
  const server = new Server();
  const model = await show(server, 'a.ipynb');
  server.refusal = { message: 'mlops.yaml is locked', hint: 'try again', wrong: {} };
  await act(() => model.submit());
  expect(screen.getByText('mlops.yaml is locked').closest('[role="alert"]')).toHaveTextContent(
    'try again'
  );
});
