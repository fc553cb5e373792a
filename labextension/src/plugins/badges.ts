import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { Margin } from '../badges/margin';
import type { Records } from '../badges/records';
import { IShelf } from '../badges/shelf';
import { CommandIDs, IMLOps } from '../tokens';

const PLUGIN = 'jupyter-mlops:plugin';
const SHOW = 'jupyter-mlops:show-cell-record';

/** A badge beside each tracked cell. */
const badges: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:badges',
  description: 'Shows beside each tracked cell what is on the record of it.',
  autoStart: true,
  requires: [IMLOps, IShelf, INotebookTracker],
  optional: [ISettingRegistry, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    mlops: IMLOps,
    shelf: IShelf,
    tracker: INotebookTracker,
    settings: ISettingRegistry | null,
    palette: ICommandPalette | null
  ) => {
    const { commands } = app;
    const { trans } = mlops;
    const margins = new Map<Records, Margin>();
    const known = new Set<Records>();
    let wanted = true;
    const openRun = (run: string): void => void commands.execute(CommandIDs.openRun, { run });
    const draw = (of: Records): void => {
      if (wanted && !margins.has(of)) {
        margins.set(of, new Margin(of, openRun, mlops));
      } else if (!wanted) {
        margins.get(of)?.dispose();
        margins.delete(of);
      }
    };
    shelf.each(of => {
      known.add(of);
      of.panel.disposed.connect(() => {
        known.delete(of);
        margins.get(of)?.dispose();
        margins.delete(of);
      });
      draw(of);
    });
    void settings?.load(PLUGIN).then(loaded => {
      const read = (): void => {
        wanted = loaded.composite.cellBadges !== false;
        known.forEach(draw);
      };
      loaded.changed.connect(read);
      read();
    });
    commands.addCommand(SHOW, {
      label: trans.__('Show the Record of the Cell'),
      caption: trans.__('What the badge of the active cell has to tell'),
      isEnabled: () => Boolean(tracker.activeCell && shelf.current && margins.has(shelf.current)),
      execute: () => {
        const margin = shelf.current && margins.get(shelf.current);
        return tracker.activeCell ? margin?.open(tracker.activeCell) : false;
      },
      describedBy: { args: { type: 'object', properties: {} } }
    });
    palette?.addItem({ command: SHOW, category: trans.__('MLOps') });
  }
};

export default badges;
