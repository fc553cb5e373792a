import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { Memory } from '../dialogs/memory';
import { NotebookDialogs } from '../dialogs/notebook';
import { CommandIDs, IMLOps } from '../tokens';

const OPEN_MODEL = 'jupyter-mlops:open-model';

/** What can be done with a notebook as a whole: from its toolbar, the file browser, the palette, by keys. */
const notebook: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-mlops:notebook',
  description: 'Runs a notebook headless, schedules it, promotes what it made.',
  autoStart: true,
  requires: [IMLOps],
  optional: [INotebookTracker, IFileBrowserFactory, ICommandPalette, IStateDB],
  activate: (
    app: JupyterFrontEnd,
    mlops: IMLOps,
    tracker: INotebookTracker | null,
    browsers: IFileBrowserFactory | null,
    palette: ICommandPalette | null,
    state: IStateDB | null
  ) => {
    const { commands } = app;
    const { trans } = mlops;
    const { contents } = app.serviceManager;
    const dialogs = new NotebookDialogs(mlops, new Memory(state), {
      at: path => tracker?.find(({ context }) => contents.localPath(context.path) === path) ?? null,
      run: run => void commands.execute(CommandIDs.openRun, { run }),
      model: model =>
        void (commands.hasCommand(OPEN_MODEL)
          ? commands.execute(OPEN_MODEL, { model })
          : commands.execute(CommandIDs.showModels))
    });
    const chosen = (args: ReadonlyPartialJSONObject): string => {
      if (typeof args.path === 'string' && args.path) {
        return contents.localPath(args.path);
      }
      const item =
        args.from === 'browser' && browsers?.tracker.currentWidget?.selectedItems().next();
      return contents.localPath(
        (item && item.value?.path) || tracker?.currentWidget?.context.path || ''
      );
    };
    const add = (
      id: string,
      label: string,
      caption: string,
      act: (path: string) => Promise<void>
    ): void => {
      commands.addCommand(id, {
        label: args => (args.from === 'browser' || args.isPalette ? `${label} …` : label),
        caption,
        isEnabled: args => Boolean(args.from ?? chosen(args)),
        execute: args => act(chosen(args)),
        describedBy: { args: { type: 'object', properties: { path: { type: 'string' } } } }
      });
      palette?.addItem({ command: id, category: trans.__('MLOps'), args: { isPalette: true } });
    };
    add(
      CommandIDs.runHeadless,
      trans.__('Run headless'),
      trans.__(
        'Run the notebook’s saved file in a kernel of its own, with other parameters, on the record'
      ),
      path => dialogs.run(path)
    );
    add(
      CommandIDs.schedule,
      trans.__('Schedule'),
      trans.__('Run the notebook at times, or when data changes'),
      path => dialogs.schedule(path)
    );
    add(
      CommandIDs.promote,
      trans.__('Promote'),
      trans.__('Open the registered model that the notebook’s runs made'),
      path => dialogs.promote(path)
    );
    tracker?.currentChanged.connect(() => {
      for (const id of [CommandIDs.runHeadless, CommandIDs.schedule, CommandIDs.promote]) {
        commands.notifyCommandChanged(id);
      }
    });
  }
};

export default notebook;
