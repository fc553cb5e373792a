import { useTrans } from '../../components';
import type { RunProgress } from '../../entities';
import { progressText } from './words';

/** How far a run is, in words, and as a bar where it is known how many cells there are. */
export function Progress({ progress }: { readonly progress: RunProgress }): JSX.Element {
  const trans = useTrans();
  const { done, cells, name } = progress;
  const told = progressText(progress, trans);
  return (
    <div className="jp-MLOps-progress" title={name}>
      {cells ? (
        <div
          className="jp-MLOps-progressBar"
          role="progressbar"
          aria-label={told}
          aria-valuemin={0}
          aria-valuemax={cells}
          aria-valuenow={done}
          aria-valuetext={told}
        >
          <div style={{ width: `${(100 * done) / cells}%` }} />
        </div>
      ) : null}
      <span>{told}</span>
    </div>
  );
}
