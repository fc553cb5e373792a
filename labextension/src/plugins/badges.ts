import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

import { IMLOps } from '../tokens';

/** A badge at each tracked cell of a notebook. */
const badges: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:badges',
  description: 'A badge at each tracked cell of a notebook.',
  autoStart: true,
  requires: [IMLOps],
  activate: (_app: JupyterFrontEnd, _mlops: IMLOps) => undefined
};

export default badges;
