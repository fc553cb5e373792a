import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';

import { Records } from '../badges/records';
import { IShelf, Shelf } from '../badges/shelf';
import { IMLOps } from '../tokens';

/** What is on the record of the cells of open notebooks, for whoever shows it. */
const records: JupyterFrontEndPlugin<IShelf> = {
  id: 'jupyter-mlops:records',
  description: 'Knows what is on the record of the cells of open notebooks.',
  autoStart: true,
  requires: [IMLOps, INotebookTracker],
  provides: IShelf,
  activate: (app: JupyterFrontEnd, mlops: IMLOps, tracker: INotebookTracker) => {
    const { contents } = app.serviceManager;
    const shelf = new Shelf(
      tracker,
      panel => new Records(panel, mlops, () => contents.localPath(panel.context.path))
    );
    NotebookActions.executed.connect((_, { notebook }) => shelf.of(notebook)?.refresh());
    return shelf;
  }
};

export default records;
