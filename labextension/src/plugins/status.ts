import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { IMLOps } from '../tokens';

/** The tracked run in the status bar. */
const status: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:status',
  description: 'The tracked run in the status bar.',
  autoStart: true,
  requires: [IMLOps],
  activate: (_app: JupyterFrontEnd, _mlops: IMLOps) => undefined
};

export default status;
