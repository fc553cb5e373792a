import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { MLOpsWidget } from '../components';
import { mlopsIcon } from '../icons';
import type { IMLOps } from '../tokens';
import { CompareView } from './CompareView';
import { DiffView } from './DiffView';
import { RunView, type Part } from './RunView';
import { within } from './within';

/** A page of the main area. It comes back after a reload by its command with these arguments. */
export class Page extends MLOpsWidget {
  constructor(
    mlops: IMLOps,
    private readonly _args: ReadonlyPartialJSONObject & { readonly project: string },
    draw: () => JSX.Element
  ) {
    super(within(mlops, _args.project), draw);
    this.addClass('jp-MLOps-tab');
    this.title.icon = mlopsIcon;
    this.title.closable = true;
    this.node.tabIndex = -1;
  }

  /** What its command needs to bring it back, with its name: a page that is not seen does not ask for it. */
  get args(): ReadonlyPartialJSONObject {
    return { ...this._args, name: this.title.label };
  }
}

/** One run. */
export class RunPage extends Page {
  constructor(
    mlops: IMLOps,
    args: { readonly run: string; readonly project: string },
    name: string,
    rendermime: IRenderMimeRegistry
  ) {
    const { run } = args;
    const shown: { part: Part | null; turn: number } = { part: null, turn: 0 };
    const title: { tell: (name: string) => void } = { tell: () => undefined };
    const tell = (name: string): void => title.tell(name);
    super(mlops, args, () => (
      <RunView run={run} {...shown} rendermime={rendermime} onName={tell} />
    ));
    this._shown = shown;
    title.tell = name => {
      this.title.label = name;
    };
    this.title.label = name || run.slice(0, 8);
    this.title.caption = mlops.trans.__('Run %1', run);
  }

  /** Bring that part of the run to the front. */
  showPart(part: Part): void {
    this._shown.part = part;
    this._shown.turn += 1;
    this.update();
  }

  private readonly _shown: { part: Part | null; turn: number };
}

/** What separates two runs. */
export class DiffPage extends Page {
  constructor(
    mlops: IMLOps,
    args: { readonly left: string; readonly right: string; readonly project: string }
  ) {
    const { left, right } = args;
    super(mlops, args, () => <DiffView left={left} right={right} />);
    this.title.label = mlops.trans.__('Diff %1 → %2', left.slice(0, 6), right.slice(0, 6));
    this.title.caption = mlops.trans.__('What separates run %1 and run %2', left, right);
  }
}

/** Several runs side by side. */
export class ComparePage extends Page {
  constructor(mlops: IMLOps, args: { readonly runs: readonly string[]; readonly project: string }) {
    const { runs } = args;
    super(mlops, args, () => <CompareView runs={runs} />);
    this.title.label = mlops.trans.__('Compare %1 runs', runs.length);
    this.title.caption = runs.map(run => run.slice(0, 8)).join(', ');
  }
}
