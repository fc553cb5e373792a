import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { Margins } from '../badges/margins';
import { IShelf } from '../badges/shelf';
import { CommandIDs, IMLOps } from '../tokens';

const SETTINGS = 'jupyter-mlops:plugin';
const SHOW = 'jupyter-mlops:show-cell-record';

/** A badge beside each tracked cell. */
const badges: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:badges',
  description: 'Shows beside each tracked cell what is on the record of it.',
  autoStart: true,
  requires: [IMLOps, IShelf, INotebookTracker],
  optional: [ISettingRegistry, ICommandPalette],
  activate: (
    { commands }: JupyterFrontEnd,
    mlops: IMLOps,
    shelf: IShelf,
    tracker: INotebookTracker,
    settings: ISettingRegistry | null,
    palette: ICommandPalette | null
  ) => {
    const { trans } = mlops;
    const openRun = (run: string): void => void commands.execute(CommandIDs.openRun, { run });
    const margins = new Margins(shelf, openRun, mlops);
    void settings?.load(SETTINGS).then(loaded => {
      const read = (): void => {
        margins.wanted = loaded.composite.cellBadges !== false;
      };
      loaded.changed.connect(read);
      read();
    });
    commands.addCommand(SHOW, {
      label: trans.__('Show the Record of the Cell'),
      caption: trans.__('What the badge of the active cell has to tell'),
      isEnabled: () => tracker.activeCell !== null,
      execute: () => {
        if (!margins.open(tracker.activeCell)) {
          const told = trans.__('Nothing is on the record of this cell.');
          Notification.info(told, { autoClose: 4_000 });
        }
      },
      describedBy: { args: { type: 'object', properties: {} } }
    });
    palette?.addItem({ command: SHOW, category: trans.__('MLOps') });
  }
};

export default badges;
