import { ReactWidget } from '@jupyterlab/apputils';

import { span, useNow } from '../components/moment';
import type { Run } from '../entities';
import type { ITongue } from '../tokens';

interface IProps {
  run: Run;
  /** How many of the notebook's cells it has run. */
  cells: number;
  onOpen: () => void;
  tongue: ITongue;
}

/** The run that goes on in the session of the notebook in front: its name, its cells, how long it goes on. */
export function Tracked({ run, cells, onOpen, tongue }: IProps): JSX.Element {
  const { trans } = tongue;
  const now = useNow(1000);
  const name = run.name || run.run_id;
  const far = cells ? trans._n('%1 cell', '%1 cells', cells) : '';
  const passed = run.started ? Math.max(0, (now - Date.parse(run.started)) / 1000) : null;
  const elapsed =
    passed === null
      ? ''
      : passed < 10
        ? trans.__('%1 s', Math.round(passed))
        : span(passed, tongue);
  return (
    <button
      type="button"
      className="jp-MLOps-tracked"
      title={trans.__('The tracked run of this notebook. Open it')}
      onClick={onOpen}
    >
      <span aria-hidden="true">● </span>
      {[name, far, elapsed].filter(Boolean).join(' · ')}
    </button>
  );
}

/** The item of the status bar. */
export class TrackedItem extends ReactWidget {
  constructor(private _look: () => IProps | null) {
    super();
    this.addClass('jp-MLOps-trackedItem');
  }

  protected render(): JSX.Element | null {
    const props = this._look();
    return props && <Tracked {...props} />;
  }
}
