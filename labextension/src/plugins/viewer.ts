import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';

import { addActions } from '../main/actions';
import { RunCommandIDs, executeIn } from '../main/commands';
import { addPages } from '../main/opening';
import { CommandIDs, IMLOps } from '../tokens';

/** Opens runs, what separates two, and several side by side, in the main area. */
const viewer: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:viewer',
  description: 'Opens runs and comparisons in the main area.',
  autoStart: true,
  requires: [IMLOps, IRenderMimeRegistry],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    mlops: IMLOps,
    rendermime: IRenderMimeRegistry,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ) => {
    executeIn(app.commands, mlops);
    addPages(app, mlops, rendermime, restorer);
    addActions(app.commands, mlops);
    for (const command of [RunCommandIDs.diffRuns, CommandIDs.compareRuns]) {
      palette?.addItem({ command, category: mlops.trans.__('MLOps') });
    }
  }
};

export default viewer;
