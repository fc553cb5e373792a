import type { JupyterFrontEndPlugin } from '@jupyterlab/application';

import badges from './plugins/badges';
import commands from './plugins/commands';
import data from './plugins/data';
import model from './plugins/model';
import models from './plugins/models';
import notebook from './plugins/notebook';
import pipelines from './plugins/pipelines';
import records from './plugins/records';
import schedules from './plugins/schedules';
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
  viewer,
  pipelines,
  models,
  schedules,
  data
];

export default plugins;
