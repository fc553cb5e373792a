import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { IMLOps } from '../tokens';

/** The notebook's toolbar and menus: run headless, schedule, promote. */
const notebook: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:notebook',
  description: "The notebook's toolbar and menus: run headless, schedule, promote.",
  autoStart: true,
  requires: [IMLOps],
  activate: (_app: JupyterFrontEnd, _mlops: IMLOps) => undefined
};

export default notebook;
