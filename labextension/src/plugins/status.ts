import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';

import { IShelf } from '../badges/shelf';
import { TrackedItem } from '../badges/tracked';
import { CommandIDs, IMLOps } from '../tokens';

/** The tracked run of the notebook in front, in the status bar. */
const status: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:status',
  description: 'Shows the tracked run of the notebook in front in the status bar.',
  autoStart: true,
  requires: [IMLOps, IShelf],
  optional: [IStatusBar],
  activate: (app: JupyterFrontEnd, mlops: IMLOps, shelf: IShelf, bar: IStatusBar | null) => {
    if (!bar) {
      return; // Notebook 7 has none
    }
    const item = new TrackedItem(() => {
      const known = shelf.current?.known;
      const run = known?.tracked;
      if (!run) {
        return null;
      }
      const onOpen = (): void => void app.commands.execute(CommandIDs.openRun, { run: run.run_id });
      const ran = known.cells.filter(
        ({ run_id, status: how }) => run_id === run.run_id && how !== 'not run'
      );
      return { run, cells: ran.length, onOpen, tongue: mlops };
    });
    shelf.currentChanged.connect(() => item.update());
    bar.registerStatusItem('jupyter-mlops:tracked', {
      item,
      align: 'left',
      rank: 10,
      isActive: () => Boolean(shelf.current?.known?.tracked),
      activeStateChanged: shelf.currentChanged
    });
  }
};

export default status;
