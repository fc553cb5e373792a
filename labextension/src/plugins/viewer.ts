import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { IMLOps } from '../tokens';

/** Opens runs and comparisons in the main area. */
const viewer: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:viewer',
  description: 'Opens runs and comparisons in the main area.',
  autoStart: true,
  requires: [IMLOps],
  activate: (_app: JupyterFrontEnd, _mlops: IMLOps) => undefined
};

export default viewer;
