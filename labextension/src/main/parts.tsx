import { useId, type ReactNode } from 'react';

import { useTrans } from '../components';
import { CommandIDs } from '../tokens';
import { useExecute } from './commands';

interface ISectionProps {
  readonly title: string;
  readonly children: ReactNode;
}

/** A part of a page under its title. */
export function Section({ title, children }: ISectionProps): JSX.Element {
  const id = useId();
  return (
    <section className="jp-MLOps-section" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {children}
    </section>
  );
}

/** A part of a page that is folded away until it is asked for. */
export function Fold(props: ISectionProps & { told?: string; open?: boolean }): JSX.Element {
  return (
    <details className="jp-MLOps-fold" open={props.open}>
      <summary>
        {props.title} {props.told ? <span className="jp-mod-quiet">{props.told}</span> : null}
      </summary>
      {props.children}
    </details>
  );
}

/** Names and what there is to say of each; what there is nothing to say of is left out. */
export function Facts(props: {
  readonly facts: readonly (readonly [name: string, told: ReactNode])[];
}): JSX.Element {
  return (
    <dl className="jp-MLOps-facts">
      {props.facts
        .filter(([, told]) => told !== null && told !== undefined && told !== '')
        .map(([name, told]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{told}</dd>
          </div>
        ))}
    </dl>
  );
}

export interface IColumn {
  readonly title: string;
  readonly numeric?: boolean;
}

/** A table whose first column names the rows. It scrolls within itself where it is too wide. */
export function Table(props: {
  readonly label: string;
  readonly columns: readonly IColumn[];
  readonly rows: readonly (readonly ReactNode[])[];
}): JSX.Element {
  const { label, columns, rows } = props;
  const kind = (place: number): string => (columns[place]?.numeric ? 'jp-mod-number' : '');
  return (
    <div className="jp-MLOps-scroll" role="group" aria-label={label} tabIndex={0}>
      <table className="jp-MLOps-table">
        <thead>
          <tr>
            {columns.map((column, place) => (
              <th key={place} scope="col" className={kind(place)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, place) =>
                place === 0 ? (
                  <th key={place} scope="row" className={kind(place)}>
                    {cell}
                  </th>
                ) : (
                  <td key={place} className={kind(place)}>
                    {cell}
                  </td>
                )
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The name of a run, or the beginning of its id, that leads to it. */
export function RunLink({
  run,
  name
}: {
  readonly run: string;
  readonly name?: string;
}): JSX.Element {
  const trans = useTrans();
  const execute = useExecute();
  return (
    <button
      type="button"
      className="jp-MLOps-link"
      title={trans.__('Open run %1', run)}
      onClick={() => execute(CommandIDs.openRun, { run })}
    >
      {name || run.slice(0, 8)}
    </button>
  );
}
