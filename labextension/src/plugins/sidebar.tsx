import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { IStateDB } from '@jupyterlab/statedb';

import { MLOpsWidget } from '../components';
import { mlopsIcon } from '../icons';
import { Panel } from '../panels/panel';
import { IMLOps, IMLOpsPanel, TABS, type TabName } from '../tokens';

const ID = 'jupyter-mlops:panel';

/** The panel at the left. */
const sidebar: JupyterFrontEndPlugin<IMLOpsPanel> = {
  id: 'jupyter-mlops:sidebar',
  description: 'Runs, pipelines, schedules, models and data of the project.',
  autoStart: true,
  provides: IMLOpsPanel,
  requires: [IMLOps],
  optional: [ILayoutRestorer, IStateDB],
  activate: (
    app: JupyterFrontEnd,
    mlops: IMLOps,
    restorer: ILayoutRestorer | null,
    states: IStateDB | null
  ): IMLOpsPanel => {
    let tab: TabName = 'runs';
    const panel = new Sidebar(mlops, () => <Panel tab={tab} onTab={change} />);
    const change = (name: TabName): void => {
      tab = name;
      panel.update();
      void states?.save(ID, { tab });
    };
    panel.id = ID;
    panel.addClass('jp-MLOps-panel');
    panel.node.setAttribute('role', 'region');
    panel.node.setAttribute('aria-label', mlops.trans.__('MLOps'));
    panel.title.icon = mlopsIcon;
    panel.title.caption = mlops.trans.__('MLOps: runs, pipelines, schedules, models, data');
    app.shell.add(panel, 'left', { rank: 600, type: 'MLOps' });
    restorer?.add(panel, ID);
    void restored(states).then(name => {
      if (name && tab === 'runs') {
        tab = name;
        panel.update();
      }
    });
    return {
      show: name => {
        change(name);
        app.shell.activateById(ID);
        panel.takeFocus();
      }
    };
  }
};

class Sidebar extends MLOpsWidget {
  /** It is activated when the layout is restored, too, where the focus belongs to the notebook. */
  protected override onActivateRequest(): void {
    // only a command takes the focus here
  }
}

/** The tab that was in front before the page was loaded anew. */
async function restored(states: IStateDB | null): Promise<TabName | undefined> {
  const state = await states?.fetch(ID).catch(() => undefined);
  const name = state && typeof state === 'object' && 'tab' in state ? state.tab : undefined;
  return TABS.find(each => each === name);
}

export default sidebar;
