import { Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { ask } from '../../dialogs/dialog';
import { scheduleCalls } from '../../dialogs/scheduling';
import type { Slot } from '../../entities';
import { ScheduleModel } from '../../form/schedule';
import { ScheduleForm } from '../../form/scheduleForm';
import { within } from '../../main/within';
import { asRequestError } from '../../request';
import type { IMLOps } from '../../tokens';
import { ScheduleCommandIDs } from './commands';
import { RunNowModel, ownFields } from './running';
import { RunNowForm } from './RunNowForm';

const TEXT = { type: 'string' };
const NAMED = {
  args: {
    type: 'object',
    properties: { schedule: TEXT, project: TEXT },
    required: ['schedule']
  }
};
const UNNAMED = { args: { type: 'object', properties: { project: TEXT } } };

/** What can be done with schedules. Each command tells by its result whether it was done. */
export function addScheduleCommands(commands: CommandRegistry, mlops: IMLOps): void {
  const { trans } = mlops;
  type Act = (schedule: string, mlops: IMLOps) => Promise<boolean>;
  const add = (command: string, label: string, act: Act, isNamed = true): void => {
    commands.addCommand(command, {
      label,
      describedBy: isNamed ? NAMED : UNNAMED,
      execute: args => telling(mlops, () => act(String(args.schedule), of(args, mlops)))
    });
  };
  add(ScheduleCommandIDs.add, trans.__('Add a schedule …'), (_, of) => added(of), false);
  add(ScheduleCommandIDs.pause, trans.__('Pause'), async (schedule, of) => {
    await of.post('/schedules/{schedule}/pause', { names: { schedule } });
    return true;
  });
  add(ScheduleCommandIDs.resume, trans.__('Resume'), async (schedule, of) => {
    await of.post('/schedules/{schedule}/resume', { names: { schedule } });
    return true;
  });
  add(ScheduleCommandIDs.run, trans.__('Run now'), async (schedule, of) => {
    const names = { schedule };
    tellAsked(await of.post('/schedules/{schedule}/run', { names, body: {} }), of);
    return true;
  });
  add(ScheduleCommandIDs.runWith, trans.__('Run now with parameters …'), runWith);
  add(ScheduleCommandIDs.remove, trans.__('Remove …'), removed);
}

/** The project that the arguments name, or the one that is worked on. */
function of(args: ReadonlyPartialJSONObject, mlops: IMLOps): IMLOps {
  return typeof args.project === 'string' ? within(mlops, args.project) : mlops;
}

async function added(mlops: IMLOps): Promise<boolean> {
  const { trans } = mlops;
  const model = new ScheduleModel(scheduleCalls(mlops, mlops.project));
  const state = await ask({
    title: trans.__('Add a schedule'),
    accept: trans.__('Add the schedule'),
    model,
    body: <ScheduleForm model={model} trans={trans} />,
    trans
  });
  if (state) {
    Notification.success(trans.__('%1 is added to mlops.yaml.', state.name), { autoClose: 6_000 });
  }
  return state !== null;
}

async function runWith(name: string, mlops: IMLOps): Promise<boolean> {
  const { trans } = mlops;
  const names = { schedule: name };
  const { state } = await mlops.get('/schedules/{schedule}', { names, query: { slots: 1 } });
  const { schedule } = state;
  let told: Pick<RunNowModel['state'], 'fields' | 'note'> = { fields: [], note: '' };
  if (schedule?.notebook) {
    const path = PathExt.join(mlops.project, schedule.notebook);
    const { fields, note } = await mlops.get('/notebook', { query: { path } });
    told = { fields: ownFields(fields, schedule), note };
  }
  const model = new RunNowModel(told, parameters =>
    mlops.post('/schedules/{schedule}/run', { names, body: { parameters } })
  );
  const slot = await ask({
    title: trans.__('Run %1 now', name),
    accept: trans.__('Run now'),
    model,
    body: <RunNowForm model={model} trans={trans} />,
    trans
  });
  if (slot) {
    tellAsked(slot, mlops);
  }
  return slot !== null;
}

async function removed(schedule: string, mlops: IMLOps): Promise<boolean> {
  const { trans } = mlops;
  const { button } = await showDialog({
    title: trans.__('Remove %1?', schedule),
    body: trans.__('It is taken out of mlops.yaml. Its runs stay on the record.'),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Keep it') }),
      Dialog.warnButton({ label: trans.__('Remove it') })
    ]
  });
  if (button.accept) {
    await mlops.delete('/schedules/{schedule}', { names: { schedule } });
  }
  return button.accept;
}

/** Where nobody will run it, `why` tells how to mend that. */
function tellAsked({ schedule, why }: Slot, { trans }: IMLOps): void {
  if (why) {
    Notification.warning(trans.__('%1 waits: %2', schedule, why), { autoClose: false });
  } else {
    Notification.info(trans.__('%1 runs as soon as a scheduler takes it.', schedule), {
      autoClose: 6_000
    });
  }
}

async function telling({ trans }: IMLOps, act: () => Promise<boolean>): Promise<boolean> {
  try {
    return await act();
  } catch (error) {
    const { message, hint } = asRequestError(error);
    Notification.error(hint ? trans.__('%1 (%2)', message, hint) : message, { autoClose: false });
    return false;
  }
}
