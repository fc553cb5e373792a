import { Clipboard, Dialog, Notification, showDialog } from '@jupyterlab/apputils';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { asRequestError } from '../request';
import type { IMLOps } from '../tokens';
import { RunCommandIDs } from './commands';
import { within } from './within';

const RUN = {
  args: {
    type: 'object',
    properties: { run: { type: 'string' }, project: { type: 'string' } },
    required: ['run']
  }
};

/** What can be done with one run: end it, bring its source back, copy its id. */
export function addActions(commands: CommandRegistry, mlops: IMLOps): void {
  const { trans } = mlops;
  commands.addCommand(RunCommandIDs.openVersion, {
    label: trans.__('Open at this version'),
    caption: trans.__('Put the source of this run into a new notebook'),
    describedBy: RUN,
    execute: async args => {
      const path = await restored(String(args.run), of(args, mlops));
      if (path !== null) {
        await commands.execute('docmanager:open', { path });
      }
    }
  });
  commands.addCommand(RunCommandIDs.copyRunId, {
    label: trans.__('Copy the id'),
    describedBy: RUN,
    execute: args => Clipboard.copyToSystem(String(args.run))
  });
  commands.addCommand(RunCommandIDs.cancelRun, {
    label: trans.__('Cancel …'),
    caption: trans.__('End this run'),
    describedBy: RUN,
    execute: args => cancelled(String(args.run), of(args, mlops))
  });
}

/** The project that the arguments name, or the one that is worked on. */
function of(args: ReadonlyPartialJSONObject, mlops: IMLOps): IMLOps {
  return typeof args.project === 'string' ? within(mlops, args.project) : mlops;
}

/** The path of a new notebook with the source of that run; null where there is none, which is told. */
async function restored(run: string, mlops: IMLOps): Promise<string | null> {
  try {
    const { path } = await mlops.post('/runs/{run}/restore', { names: { run }, body: {} });
    return path;
  } catch (error) {
    tell(error, mlops);
    return null;
  }
}

/** End a run, if that is meant. */
async function cancelled(run: string, mlops: IMLOps): Promise<void> {
  const { trans } = mlops;
  const { button } = await showDialog({
    title: trans.__('Cancel the run?'),
    body: trans.__('It ends at once, with what it has done so far.'),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Let it run') }),
      Dialog.warnButton({ label: trans.__('End it now') })
    ]
  });
  if (button.accept) {
    try {
      await mlops.post('/runs/{run}/cancel', { names: { run } });
    } catch (error) {
      tell(error, mlops);
    }
  }
}

function tell(error: unknown, { trans }: IMLOps): void {
  const { message, hint } = asRequestError(error);
  Notification.error(hint ? trans.__('%1 (%2)', message, hint) : message, { autoClose: false });
}
