import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';

import { mlopsIcon } from '../icons';
import { tabTitle } from '../panels/panel';
import { CommandIDs, IMLOps, IMLOpsPanel, TABS, type TabName } from '../tokens';

const SHOW: Readonly<Record<TabName, string>> = {
  runs: CommandIDs.showRuns,
  pipelines: CommandIDs.showPipelines,
  schedules: CommandIDs.showSchedules,
  models: CommandIDs.showModels,
  data: CommandIDs.showData
};

/** Commands that show a tab; the shortcuts are in the settings (schema/plugin.json). */
const commands: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:commands',
  description: 'Commands that show the tabs of the panel.',
  autoStart: true,
  requires: [IMLOps, IMLOpsPanel],
  optional: [ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    { trans }: IMLOps,
    panel: IMLOpsPanel,
    palette: ICommandPalette | null
  ) => {
    for (const tab of TABS) {
      const title = tabTitle(tab, trans);
      app.commands.addCommand(SHOW[tab], {
        label: trans.__('Show %1', title),
        caption: trans.__('Show the tab %1 of the MLOps panel', title),
        icon: args => (args.isPalette ? undefined : mlopsIcon),
        describedBy: { args: { type: 'object', properties: {} } },
        execute: () => panel.show(tab)
      });
      palette?.addItem({
        command: SHOW[tab],
        category: trans.__('MLOps'),
        args: { isPalette: true }
      });
    }
  }
};

export default commands;
