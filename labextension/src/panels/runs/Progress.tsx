import { useTrans } from '../../components';
import type { RunProgress } from '../../entities';

/** How far a run is, as a bar and in words. */
export function Progress({ progress }: { readonly progress: RunProgress }): JSX.Element {
  const trans = useTrans();
  const { done, cells, cell, name, step } = progress;
  const words = cell
    ? trans.__('cell %1 of %2', cell, cells)
    : trans.__('%1 of %2 cells', done, cells);
  const told = step ? `${step}: ${words}` : words;
  return (
    <div className="jp-MLOps-progress" title={name}>
      <div
        className="jp-MLOps-progressBar"
        role="progressbar"
        aria-label={told}
        aria-valuemin={0}
        aria-valuemax={cells}
        aria-valuenow={done}
        aria-valuetext={told}
      >
        <div style={{ width: `${cells ? (100 * done) / cells : 0}%` }} />
      </div>
      <span>{told}</span>
    </div>
  );
}
