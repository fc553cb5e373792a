import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';

import { addDataPages } from '../main/data/pages';
import { IMLOps } from '../tokens';

/** Opens datasets, monitors, and what separates two sets of data, in the main area. */
const data: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:data',
  description: 'Opens datasets, monitors, and what separates two sets of data.',
  autoStart: true,
  requires: [IMLOps],
  optional: [ILayoutRestorer],
  activate: (app: JupyterFrontEnd, mlops: IMLOps, restorer: ILayoutRestorer | null) =>
    addDataPages(app, mlops, restorer)
};

export default data;
