import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';

import { PipelineTab } from '../main/modelPages';
import { OpenCommandIDs } from '../main/openCommands';
import { addOpener } from '../main/openers';
import { IMLOps } from '../tokens';

/** Opens pipelines in the main area. */
const pipelines: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:pipelines',
  description: 'Opens pipelines in the main area.',
  autoStart: true,
  requires: [IMLOps],
  optional: [ILayoutRestorer],
  activate: (app: JupyterFrontEnd, mlops: IMLOps, restorer: ILayoutRestorer | null) => {
    addOpener(app, mlops, restorer, {
      command: OpenCommandIDs.openPipeline,
      argument: 'pipeline',
      label: mlops.trans.__('Open the pipeline'),
      make: (pipeline, project) => new PipelineTab(mlops, { pipeline, project })
    });
  }
};

export default pipelines;
