import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import badges from './plugins/badges';
import commands from './plugins/commands';
import model from './plugins/model';
import notebook from './plugins/notebook';
import records from './plugins/records';
import sidebar from './plugins/sidebar';
import status from './plugins/status';
import viewer from './plugins/viewer';

const plugins: JupyterFrontEndPlugin<unknown>[] = [
  model,
  sidebar,
  commands,
  notebook,
  records,
  badges,
  status,
  viewer
];

export default plugins;
