import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IFileBrowserFactory } from '@jupyterlab/filebrowser';
import { INotebookTracker } from '@jupyterlab/notebook';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IStateDB } from '@jupyterlab/statedb';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { Memory } from '../dialogs/memory';
import { NotebookDialogs } from '../dialogs/notebook';
import { OpenCommandIDs } from '../main/openCommands';
import { CommandIDs, IMLOps } from '../tokens';

const ARGS = { type: 'object', properties: { path: { type: 'string' } } };

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
      run: (run, project) => void commands.execute(CommandIDs.openRun, { run, project }),
      model: (model, project) => void commands.execute(OpenCommandIDs.openModel, { model, project })
    });
    void app.restored.then(() => dialogs.resume());
    const chosen = (args: ReadonlyPartialJSONObject): string => {
      const item =
        args.from === 'browser' && browsers?.tracker.currentWidget?.selectedItems().next();
      const found = args.path || (item && item.value?.path) || tracker?.currentWidget?.context.path;
      return contents.localPath(String(found ?? ''));
    };
    for (const [id, { label, brief, caption, act }] of Object.entries(verbs(dialogs, trans))) {
      commands.addCommand(id, {
        label: args => (args.from === 'browser' ? brief : label),
        caption,
        isEnabled: args => Boolean(args.from ?? chosen(args)),
        execute: args => act(chosen(args)),
        describedBy: { args: ARGS }
      });
      palette?.addItem({ command: id, category: trans.__('MLOps') });
    }
    tracker?.currentChanged.connect(() => {
      for (const id of [CommandIDs.runHeadless, CommandIDs.schedule, CommandIDs.promote]) {
        commands.notifyCommandChanged(id);
      }
    });
  }
};

interface IVerb {
  label: string;
  /** Where it is plain what it is done with. */
  brief: string;
  caption: string;
  act: (path: string) => Promise<void>;
}

function verbs(dialogs: NotebookDialogs, trans: TranslationBundle): Record<string, IVerb> {
  return {
    [CommandIDs.runHeadless]: {
      label: trans.__('Run the Notebook Headless …'),
      brief: trans.__('Run Headless …'),
      caption: trans.__(
        'Run the saved file in a kernel of its own, with other parameters, on the record'
      ),
      act: path => dialogs.run(path)
    },
    [CommandIDs.schedule]: {
      label: trans.__('Schedule the Notebook …'),
      brief: trans.__('Schedule …'),
      caption: trans.__('Run the notebook at times, or when data changes'),
      act: path => dialogs.schedule(path)
    },
    [CommandIDs.promote]: {
      label: trans.__('Promote a Model of the Notebook …'),
      brief: trans.__('Promote …'),
      caption: trans.__('Open the registered model that the notebook’s runs made'),
      act: path => dialogs.promote(path)
    }
  };
}

export default notebook;
