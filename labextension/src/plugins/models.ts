import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';

import { ModelTab } from '../main/modelPages';
import { OpenCommandIDs } from '../main/openCommands';
import { addOpener } from '../main/openers';
import { PARTS } from '../panels/models/ModelPage';
import { IMLOps } from '../tokens';

/** Opens registered models in the main area. */
const models: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:models',
  description: 'Opens registered models in the main area.',
  autoStart: true,
  requires: [IMLOps, IRenderMimeRegistry],
  optional: [ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    mlops: IMLOps,
    rendermime: IRenderMimeRegistry,
    restorer: ILayoutRestorer | null
  ) => {
    addOpener(app, mlops, restorer, {
      command: OpenCommandIDs.openModel,
      argument: 'model',
      others: ['version', 'part'],
      label: mlops.trans.__('Open the registered model'),
      make: (model, project) => new ModelTab(mlops, { model, project }, rendermime),
      show: (page, { version, part }) =>
        page.look(
          typeof version === 'string' ? version : undefined,
          PARTS.find(one => one === part)
        )
    });
  }
};

export default models;
