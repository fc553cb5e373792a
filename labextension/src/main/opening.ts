import { LabShell, type ILayoutRestorer, type JupyterFrontEnd } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { mlopsIcon } from '../icons';
import { COMPARED } from '../panels/runs/list';
import { runListOf } from '../panels/runs/lists';
import { CommandIDs, type IMLOps } from '../tokens';
import { RunCommandIDs } from './commands';
import type { Part } from './RunView';
import { ComparePage, DiffPage, RunPage, type Page } from './widgets';

type Args = ReadonlyPartialJSONObject;

const PARTS: readonly Part[] = ['overview', 'notebook', 'log'];

/** The commands that open a page of the main area; pages that are open come back after a reload. */
export function addPages(
  app: JupyterFrontEnd,
  mlops: IMLOps,
  rendermime: IRenderMimeRegistry,
  restorer: ILayoutRestorer | null
): void {
  addRunPages(app, mlops, rendermime, restorer);
  addDiffPages(app, mlops, restorer);
  addComparePages(app, mlops, restorer);
}

function addRunPages(
  app: JupyterFrontEnd,
  mlops: IMLOps,
  rendermime: IRenderMimeRegistry,
  restorer: ILayoutRestorer | null
): void {
  const { trans } = mlops;
  const open = opener<RunPage>(app, CommandIDs.openRun, restorer);
  app.commands.addCommand(CommandIDs.openRun, {
    label: args =>
      args.part === 'notebook' ? trans.__('Open the executed notebook') : trans.__('Open the run'),
    icon: args => (args.part ? undefined : mlopsIcon),
    describedBy: { args: schema({ run: TEXT, part: TEXT, project: TEXT }, ['run']) },
    execute: args => {
      const run = textOf(args, 'run');
      const project = projectOf(args, mlops);
      const page = open(
        `jupyter-mlops:run:${project}:${run}`,
        () => new RunPage(mlops, { run, project }, String(args.name ?? ''), rendermime)
      );
      const part = PARTS.find(one => one === args.part);
      if (part) {
        page.showPart(part);
      }
    }
  });
}

function addDiffPages(app: JupyterFrontEnd, mlops: IMLOps, restorer: ILayoutRestorer | null): void {
  const { trans } = mlops;
  const open = opener<DiffPage>(app, RunCommandIDs.diffRuns, restorer);
  const sides = (args: Args): readonly string[] =>
    args.left && args.right
      ? [textOf(args, 'left'), textOf(args, 'right')]
      : selected(mlops).reverse();
  app.commands.addCommand(RunCommandIDs.diffRuns, {
    label: trans.__('Diff the two selected runs'),
    describedBy: { args: schema({ left: TEXT, right: TEXT, project: TEXT }, []) },
    isEnabled: args => sides(args).length === 2,
    execute: args => {
      const [left, right] = sides(args);
      const project = projectOf(args, mlops);
      open(
        `jupyter-mlops:diff:${project}:${left}:${right}`,
        () => new DiffPage(mlops, { left, right, project })
      );
    }
  });
}

function addComparePages(
  app: JupyterFrontEnd,
  mlops: IMLOps,
  restorer: ILayoutRestorer | null
): void {
  const { trans } = mlops;
  const open = opener<ComparePage>(app, CommandIDs.compareRuns, restorer);
  const runsOf = (args: Args): readonly string[] =>
    Array.isArray(args.runs) ? args.runs.map(String) : selected(mlops);
  app.commands.addCommand(CommandIDs.compareRuns, {
    label: trans.__('Compare the selected runs'),
    describedBy: {
      args: schema({ runs: { type: 'array', items: TEXT, maxItems: COMPARED }, project: TEXT }, [])
    },
    isEnabled: args => runsOf(args).length >= 2 && runsOf(args).length <= COMPARED,
    execute: args => {
      const runs = runsOf(args);
      const project = projectOf(args, mlops);
      open(
        `jupyter-mlops:compare:${project}:${runs.join(':')}`,
        () => new ComparePage(mlops, { runs: [...runs], project })
      );
    }
  });
  let count = 0;
  runListOf(mlops).changed.connect(list => {
    if (list.state.selected.length !== count) {
      count = list.state.selected.length;
      app.commands.notifyCommandChanged(RunCommandIDs.diffRuns);
      app.commands.notifyCommandChanged(CommandIDs.compareRuns);
    }
  });
}

/** Brings the page of that id to the front, which is made if it is not there yet. */
export function opener<P extends Page>(
  app: JupyterFrontEnd,
  command: string,
  restorer: ILayoutRestorer | null
): (id: string, make: () => P) => P {
  const tracker = new WidgetTracker<P>({ namespace: command.replace(':', '-') });
  void restorer?.restore(tracker, {
    command,
    args: page => page.args,
    name: page => page.id
  });
  return (id, make) => {
    const known = tracker.find(page => page.id === id);
    const page = known ?? make();
    if (!known) {
      page.id = id;
      app.shell.add(page, areaOf(app), { type: 'MLOps' });
      void tracker.add(page);
      page.title.changed.connect(() => void tracker.save(page));
    }
    app.shell.activateById(id);
    return page;
  };
}

/** Where pages go. The main area of Notebook 7 has room for its document only: there they are beside it. */
function areaOf({ shell }: JupyterFrontEnd): string {
  return shell instanceof LabShell ? 'main' : 'right';
}

/** The runs that are selected in the list, newest first as it shows them. */
function selected(mlops: IMLOps): string[] {
  const list = runListOf(mlops);
  return list.inOrder(list.state.selected);
}

export function textOf(args: Args, name: string): string {
  const value = args[name];
  if (typeof value !== 'string' || value === '') {
    throw new Error(`the argument ${name} is missing`);
  }
  return value;
}

export function projectOf(args: Args, mlops: IMLOps): string {
  return typeof args.project === 'string' ? args.project : mlops.project;
}

export const TEXT = { type: 'string' };

export function schema(properties: ReadonlyJSONObject, required: string[]): ReadonlyJSONObject {
  return { type: 'object', properties, required };
}
