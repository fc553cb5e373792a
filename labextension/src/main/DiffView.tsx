import type { ReactNode } from 'react';

import { Loaded, Status, useData, useMLOps, useTrans } from '../components';
import type { CellDifference, Difference, Run, RunDiff } from '../entities';
import { ABSENT, changeText, numberOf, numberText } from '../components/numbers';
import { namesOf } from './comparing';
import { RunCommandIDs, useExecute } from './commands';
import { countsOf, linesOf, type IDifferenceLine } from './difference';
import { Fold, RunLink, Section, Table } from './parts';

interface IDiffViewProps {
  readonly left: string;
  readonly right: string;
}

/** What separates two runs: parameters, metrics, data, code, packages, git. */
export function DiffView({ left, right }: IDiffViewProps): JSX.Element {
  const mlops = useMLOps();
  const found = useData(
    async signal => {
      const [diff, sides] = await Promise.all([
        mlops.get('/diff', { query: { left, right }, signal }),
        mlops.get('/comparison', { query: { run: [left, right] }, signal })
      ]);
      return { diff, runs: sides.runs };
    },
    ['runs'],
    [left, right]
  );
  return (
    <div className="jp-MLOps-main">
      <Loaded from={found}>
        {({ diff, runs }) => (
          <div className="jp-MLOps-page">
            <Head runs={runs} />
            <DiffParts diff={diff} names={namesOf(runs)} />
          </div>
        )}
      </Loaded>
    </div>
  );
}

function Head({ runs }: { readonly runs: readonly Run[] }): JSX.Element {
  const names = namesOf(runs);
  const [left, right] = runs;
  const trans = useTrans();
  const execute = useExecute();
  const side = (place: number): ReactNode => (
    <>
      <RunLink run={runs[place].run_id} name={names[place]} />{' '}
      <Status of={runs[place].status} brief />
    </>
  );
  return (
    <header className="jp-MLOps-mainHead">
      <div className="jp-MLOps-title">
        <h2>
          {side(0)} → {side(1)}
        </h2>
      </div>
      <div className="jp-MLOps-buttons">
        <button
          type="button"
          className="jp-MLOps-button"
          onClick={() =>
            execute(RunCommandIDs.diffRuns, {
              left: right.run_id,
              right: left.run_id
            })
          }
        >
          {trans.__('Swap sides')}
        </button>
      </div>
    </header>
  );
}

interface IPartsProps {
  readonly diff: RunDiff;
  readonly names: readonly string[];
}

export function DiffParts({ diff, names }: IPartsProps): JSX.Element {
  const trans = useTrans();
  const { parameters, metrics, datasets, packages, git, cells, code_known } = diff;
  const table = (title: string, rows: readonly Difference[]): ReactNode =>
    rows.length ? (
      <Section key={title} title={title}>
        <Differences label={title} rows={rows} names={names} />
      </Section>
    ) : null;
  const same = [
    parameters.length ? '' : trans.__('parameters'),
    metrics.length ? '' : trans.__('metrics'),
    datasets.length ? '' : trans.__('data'),
    cells.length || !code_known ? '' : trans.__('code'),
    packages.length ? '' : trans.__('packages'),
    git.length ? '' : trans.__('git state')
  ].filter(Boolean);
  return (
    <>
      {same.length ? (
        <p className="jp-MLOps-same">{trans.__('No difference: %1.', same.join(', '))}</p>
      ) : null}
      {code_known ? null : (
        <p className="jp-MLOps-same">
          {trans.__('Whether the code differs is unknown: one of the runs left no journal.')}
        </p>
      )}
      {diff.notes.map(note => (
        <p key={note} className="jp-MLOps-same">
          {note}
        </p>
      ))}
      {table(trans.__('Parameters'), parameters)}
      {metrics.length ? (
        <Section title={trans.__('Metrics')}>
          <MetricDifferences rows={metrics} names={names} />
        </Section>
      ) : null}
      {table(trans.__('Data'), datasets)}
      {cells.length ? (
        <Section title={trans.__('Code')}>
          {cells.map((cell, place) => (
            <CellDiff key={place} cell={cell} />
          ))}
        </Section>
      ) : null}
      {table(trans.__('Git'), git)}
      {packages.length ? (
        <Fold
          title={trans.__('Packages')}
          told={trans._n('%1 difference', '%1 differences', packages.length)}
        >
          <Differences label={trans.__('Packages')} rows={packages} names={names} />
        </Fold>
      ) : null}
    </>
  );
}

interface IDifferencesProps {
  readonly label: string;
  readonly rows: readonly Difference[];
  readonly names: readonly string[];
}

function Differences({ label, rows, names }: IDifferencesProps): JSX.Element {
  const trans = useTrans();
  return (
    <Table
      label={label}
      columns={[{ title: trans.__('Name') }, { title: names[0] }, { title: names[1] }]}
      rows={rows.map(({ name, left, right }) => [name, left ?? ABSENT, right ?? ABSENT])}
    />
  );
}

function MetricDifferences({ rows, names }: Omit<IDifferencesProps, 'label'>): JSX.Element {
  const trans = useTrans();
  const told = (text: string | null): string => {
    const number = numberOf(text);
    return number === null ? (text ?? ABSENT) : numberText(number);
  };
  return (
    <Table
      label={trans.__('Metrics')}
      columns={[
        { title: trans.__('Name') },
        { title: names[0], numeric: true },
        { title: names[1], numeric: true },
        { title: trans.__('Change'), numeric: true }
      ]}
      rows={rows.map(({ name, left, right }) => [
        name,
        told(left),
        told(right),
        changeText(left, right)
      ])}
    />
  );
}

function CellDiff({ cell }: { readonly cell: CellDifference }): JSX.Element {
  const trans = useTrans();
  const lines = linesOf(cell.diff);
  const { added, removed } = countsOf(lines);
  const [left, right] = [cell.left_index, cell.right_index];
  const title =
    left === null
      ? trans.__('Cell %1, only on the right', (right ?? 0) + 1)
      : right === null
        ? trans.__('Cell %1, only on the left', left + 1)
        : left === right
          ? trans.__('Cell %1', left + 1)
          : trans.__('Cell %1 → %2', left + 1, right + 1);
  return (
    <Fold title={title} told={`+${added} −${removed}`} open>
      <div className="jp-MLOps-scroll" role="group" aria-label={title} tabIndex={0}>
        <table className="jp-MLOps-code">
          <tbody>
            {lines.map((line, place) => (
              <Line key={place} line={line} />
            ))}
          </tbody>
        </table>
      </div>
    </Fold>
  );
}

function Line({ line }: { readonly line: IDifferenceLine }): JSX.Element {
  const trans = useTrans();
  const { mark, kind, text, left, right } = line;
  const words = { added: trans.__('added'), removed: trans.__('removed'), same: '', place: '' };
  return (
    <tr className={`jp-mod-${kind}`}>
      <td className="jp-MLOps-lineNumber">{left}</td>
      <td className="jp-MLOps-lineNumber">{right}</td>
      <td className="jp-MLOps-mark">
        <span aria-hidden="true">{mark}</span>
        {words[kind] ? <span className="jp-MLOps-unseen">{words[kind]}</span> : null}
      </td>
      <td>
        <code>{text}</code>
      </td>
    </tr>
  );
}
