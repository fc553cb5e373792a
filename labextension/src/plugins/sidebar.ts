import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

/** The panel at the left. */
const sidebar: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:sidebar',
  description: 'Runs, pipelines, schedules, models and data of the project.',
  autoStart: true,
  optional: [ITranslator],
  activate: (app: JupyterFrontEnd, translator: ITranslator | null) => {
    const trans = (translator ?? nullTranslator).load('jupyter-mlops');
    const panel = new Widget();
    panel.id = 'jupyter-mlops:panel';
    panel.addClass('jp-MLOps-panel');
    panel.title.label = trans.__('MLOps');
    app.shell.add(panel, 'left', { rank: 600 });
  }
};

export default sidebar;
