import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { memo, useEffect, useMemo, useRef, type RefObject } from 'react';

import { Duration, Empty, Status, useTrans } from '../components';
import type { CellRecord, ExecutedNotebook as IExecutedNotebook } from '../entities';
import { Markdown, Output, Source } from './Rendered';
import { languageOf, shownCells, type IShownCell } from './cells';
import { keepInView } from './view';

interface IExecutedNotebookProps {
  readonly executed: IExecutedNotebook;
  readonly records: readonly CellRecord[];
  readonly rendermime: IRenderMimeRegistry;
  /** The number of the cell to show; null for the one that failed, if any did. */
  readonly wanted: number | null;
  /** Another number each time that the cell is to be shown. */
  readonly turn: number;
}

/** The notebook of a run, to be read: nothing of it can be changed, run or saved. */
export function ExecutedNotebook(props: IExecutedNotebookProps): JSX.Element {
  const { executed, records, rendermime, wanted, turn } = props;
  const trans = useTrans();
  const scroller = useRef<HTMLDivElement>(null);
  const cells = useMemo(
    () => shownCells(executed.notebook, records, executed.cell ?? null),
    [executed, records]
  );
  const language = languageOf(executed.notebook);
  const shown = wanted ?? cells.find(cell => cell.failed)?.number ?? null;
  useInView(scroller, shown, turn);
  if (!cells.length) {
    return <Empty title={trans.__('The notebook has no cells.')} />;
  }
  return (
    <div
      ref={scroller}
      className="jp-MLOps-notebook"
      role="region"
      aria-label={trans.__('Executed notebook %1, read-only', executed.name)}
      tabIndex={0}
    >
      <div className="jp-MLOps-cells">
        {cells.map(cell => (
          <Cell key={cell.key} cell={cell} rendermime={rendermime} language={language} />
        ))}
      </div>
    </div>
  );
}

/** Shows the cell with that number, each time that it is another one or another turn. */
function useInView(scroller: RefObject<HTMLElement>, number: number | null, turn: number): void {
  useEffect(() => {
    const cell = scroller.current?.querySelector<HTMLElement>(`[data-cell="${number ?? ''}"]`);
    if (!scroller.current || !cell) {
      return;
    }
    if (turn > 0) {
      cell.focus({ preventScroll: true });
    }
    return keepInView(cell, scroller.current);
  }, [scroller, number, turn]);
}

interface ICellProps {
  readonly cell: IShownCell;
  readonly rendermime: IRenderMimeRegistry;
  readonly language: string;
}

const Cell = memo(
  function Cell({ cell, rendermime, language }: ICellProps): JSX.Element {
    const trans = useTrans();
    const { number, type, source, outputs, failed } = cell;
    return (
      <section
        className={`jp-MLOps-cell${failed ? ' jp-mod-failed' : ''}`}
        aria-label={
          failed ? trans.__('Cell %1, which failed', number) : trans.__('Cell %1', number)
        }
        data-cell={number}
        tabIndex={-1}
      >
        <CellHead cell={cell} />
        <div className="jp-MLOps-cellBody">
          {type === 'markdown' ? (
            <Markdown rendermime={rendermime} text={source} />
          ) : type === 'code' && source ? (
            <Source rendermime={rendermime} text={source} language={language} />
          ) : (
            <pre className="jp-MLOps-source">{source}</pre>
          )}
          {outputs.map((output, place) => (
            <Output key={place} rendermime={rendermime} output={output} />
          ))}
        </div>
      </section>
    );
  },
  (old, now) =>
    old.rendermime === now.rendermime &&
    old.language === now.language &&
    JSON.stringify(old.cell) === JSON.stringify(now.cell) // a live notebook comes again and again
);

function CellHead({ cell }: { readonly cell: IShownCell }): JSX.Element {
  const { number, record, failed, tags } = cell;
  const status =
    failed && record?.status !== 'running' ? (record?.status ?? 'failed') : record?.status;
  const told = tags.filter(tag => tag === 'parameters' || tag === 'injected-parameters');
  return (
    <div className="jp-MLOps-cellHead">
      <span className="jp-MLOps-cellNumber" aria-hidden="true">
        {number}
      </span>
      {status ? <Status of={status} brief={status === 'ok'} /> : null}
      {record?.started && (record.ended || record.status === 'running') ? (
        <Duration began={record.started} ended={record.ended} />
      ) : null}
      {told.map(tag => (
        <span key={tag} className="jp-MLOps-tag">
          {tag}
        </span>
      ))}
    </div>
  );
}
