import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';

import { DataCommandIDs } from '../../panels/data/commands';
import { DatasetPage } from '../../panels/data/DatasetPage';
import type { IMLOps } from '../../tokens';
import { addOpener } from '../openers';
import { TEXT, opener, projectOf, schema, textOf } from '../opening';
import { Page } from '../widgets';
import { DataDiffView } from './DataDiffView';
import { DriftView } from './DriftView';
import { MonitorView } from './MonitorView';

interface ISides {
  readonly left: string;
  readonly right: string;
  readonly project: string;
}

/** One dataset. */
export class DatasetTab extends Page {
  constructor(mlops: IMLOps, args: { readonly dataset: string; readonly project: string }) {
    const { dataset } = args;
    const shown: { version: number | undefined; turn: number } = { version: undefined, turn: 0 };
    super(mlops, args, () => (
      <div className="jp-MLOps-main">
        <div className="jp-MLOps-page">
          <DatasetPage key={shown.turn} name={dataset} version={shown.version} />
        </div>
      </div>
    ));
    this._shown = shown;
    this.title.label = dataset;
    this.title.caption = mlops.trans.__('Dataset %1', dataset);
  }

  /** Look at that version. */
  look(version: number | undefined): void {
    this._shown.version = version;
    this._shown.turn += 1;
    this.update();
  }

  private readonly _shown: { version: number | undefined; turn: number };
}

/** One monitor. */
export class MonitorTab extends Page {
  constructor(mlops: IMLOps, args: { readonly monitor: string; readonly project: string }) {
    const { monitor } = args;
    super(mlops, args, () => <MonitorView name={monitor} />);
    this.title.label = monitor;
    this.title.caption = mlops.trans.__('Monitor %1', monitor);
  }
}

/** What separates two sets of data. */
export class DataDiffTab extends Page {
  constructor(mlops: IMLOps, args: ISides & { readonly [name: string]: string }) {
    const { left, right } = args;
    super(mlops, args, () => <DataDiffView left={left} right={right} />);
    this.title.label = mlops.trans.__('Diff %1 → %2', left, right);
    this.title.caption = mlops.trans.__('What separates %1 and %2', left, right);
  }
}

/** How far one set of data lies from another. */
export class DriftTab extends Page {
  constructor(mlops: IMLOps, args: ISides & { readonly [name: string]: string }) {
    const { left, right } = args;
    super(mlops, args, () => <DriftView left={left} right={right} />);
    this.title.label = mlops.trans.__('Drift %1 → %2', left, right);
    this.title.caption = mlops.trans.__('How far %2 drifted from %1', left, right);
  }
}

/** The commands that open data in the main area; pages that are open come back after a reload. */
export function addDataPages(
  app: JupyterFrontEnd,
  mlops: IMLOps,
  restorer: ILayoutRestorer | null
): void {
  const { trans } = mlops;
  addOpener(app, mlops, restorer, {
    command: DataCommandIDs.openDataset,
    argument: 'dataset',
    others: ['version'],
    label: trans.__('Open the dataset'),
    make: (dataset, project) => new DatasetTab(mlops, { dataset, project }),
    show: (page, { version }) => page.look(Number(version) || undefined)
  });
  addOpener(app, mlops, restorer, {
    command: DataCommandIDs.openMonitor,
    argument: 'monitor',
    label: trans.__('Open the monitor'),
    make: (monitor, project) => new MonitorTab(mlops, { monitor, project })
  });
  const add = (command: string, label: string, make: (args: ISides) => Page): void => {
    const open = opener<Page>(app, command, restorer);
    app.commands.addCommand(command, {
      label,
      describedBy: {
        args: schema({ left: TEXT, right: TEXT, project: TEXT }, ['left', 'right'])
      },
      execute: args => {
        const [left, right] = [textOf(args, 'left'), textOf(args, 'right')];
        const project = projectOf(args, mlops);
        open(`${command}:${project}:${left}:${right}`, () => make({ left, right, project }));
      }
    });
  };
  add(
    DataCommandIDs.diffData,
    trans.__('Diff two sets of data'),
    args => new DataDiffTab(mlops, { ...args })
  );
  add(
    DataCommandIDs.drift,
    trans.__('Measure the drift of data'),
    args => new DriftTab(mlops, { ...args })
  );
}
