import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';

import { addScheduleCommands } from '../panels/schedules/actions';
import { ScheduleCommandIDs } from '../panels/schedules/commands';
import { IMLOps } from '../tokens';

/** Adds, pauses, runs and removes schedules. */
const schedules: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:schedules',
  description: 'Adds, pauses, runs and removes schedules.',
  autoStart: true,
  requires: [IMLOps],
  optional: [ICommandPalette],
  activate: (app: JupyterFrontEnd, mlops: IMLOps, palette: ICommandPalette | null) => {
    addScheduleCommands(app.commands, mlops);
    palette?.addItem({ command: ScheduleCommandIDs.add, category: mlops.trans.__('MLOps') });
  }
};

export default schedules;
