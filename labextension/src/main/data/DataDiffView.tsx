import type { ReactNode } from 'react';

import { useTrans } from '../../components';
import type { ColumnDiff, ColumnProfile, DataDiff } from '../../entities';
import {
  boundText,
  countText,
  missingText,
  probabilityText,
  shortText
} from '../../panels/data/texts';
import { ABSENT } from '../../components/numbers';
import { Facts, Fold, Section, Table } from '../parts';
import { Comparing, Notes, Verdict } from './Comparing';
import { dtypesOf, examplesOf, summaryOf, tellingDiffs } from './difference';
import { Categories, Distribution } from './Distribution';

const COLUMNS = 100;
const DRAWN = 24; // columns
const EXAMPLES = 200; // lines

interface IDataDiffViewProps {
  readonly left: string;
  readonly right: string;
}

/** What separates two sets of data: rows, columns, how values moved. */
export function DataDiffView({ left, right }: IDataDiffViewProps): JSX.Element {
  return (
    <Comparing verb="diff" left={left} right={right}>
      {found => <Found diff={found as unknown as DataDiff} />}
    </Comparing>
  );
}

function Found({ diff }: { readonly diff: DataDiff }): JSX.Element {
  const trans = useTrans();
  const columns = tellingDiffs(diff.columns);
  const moved = columns.filter(({ shift }) => shift && shift.size !== 'none');
  const rows = (count: number | null): string | null => (count === null ? null : countText(count));
  return (
    <>
      <Verdict sign={diff.identical ? '✓' : '≠'} tone={diff.identical ? 'good' : 'plain'}>
        {summaryOf(diff, trans)}
      </Verdict>
      <Facts
        facts={[
          [trans.__('Rows'), sides(rows(diff.left_rows), rows(diff.right_rows))],
          [trans.__('Rows added'), rows(diff.added)],
          [trans.__('Rows removed'), rows(diff.removed)],
          [trans.__('Rows changed'), rows(diff.changed)],
          [trans.__('Rows matched by'), diff.key.join(', ')]
        ]}
      />
      <Notes notes={diff.notes} />
      {columns.length ? (
        <Section title={trans.__('Columns')}>
          <ColumnTable columns={columns} />
        </Section>
      ) : null}
      {moved.length ? (
        <Section title={trans.__('Where values moved')}>
          <div className="jp-MLOps-cards">
            {moved.slice(0, DRAWN).map(column => (
              <Card key={column.name} column={column} labels={[diff.left, diff.right]} />
            ))}
          </div>
          {moved.length > DRAWN ? (
            <p className="jp-mod-quiet">{trans.__('and %1 more', moved.length - DRAWN)}</p>
          ) : null}
        </Section>
      ) : null}
      <Examples diff={diff} />
    </>
  );
}

function sides(left: string | null, right: string | null): string | null {
  return left === null && right === null ? null : `${left ?? ABSENT} → ${right ?? ABSENT}`;
}

function ColumnTable({ columns }: { readonly columns: readonly ColumnDiff[] }): JSX.Element {
  const trans = useTrans();
  return (
    <>
      <Table
        label={trans.__('Columns')}
        columns={[
          { title: trans.__('Column') },
          { title: trans.__('Change') },
          { title: trans.__('Type') },
          { title: trans.__('Values changed'), numeric: true },
          { title: trans.__('Moved') },
          { title: trans.__('Effect'), numeric: true },
          { title: 'p', numeric: true },
          { title: trans.__('Measure') }
        ]}
        rows={columns.slice(0, COLUMNS).map(column => {
          const { name, change, changed, shift } = column;
          return [
            name,
            <Change key="change" change={change} />,
            dtypesOf(column),
            changed === null ? '' : countText(changed),
            shift ? sizeWord(shift.size, trans) : '',
            shift ? shortText(shift.effect) : '',
            shift ? probabilityText(shift.p_value) : '',
            shift?.measure ?? ''
          ];
        })}
      />
      {columns.length > COLUMNS ? (
        <p className="jp-mod-quiet">{trans.__('and %1 more', columns.length - COLUMNS)}</p>
      ) : null}
    </>
  );
}

function Change({ change }: { readonly change: ColumnDiff['change'] }): JSX.Element {
  const trans = useTrans();
  const words: Readonly<Record<ColumnDiff['change'], readonly [string, string, string]>> = {
    same: ['✓', 'plain', trans.__('same')],
    changed: ['≠', 'plain', trans.__('changed')],
    added: ['+', 'good', trans.__('added')],
    dropped: ['−', 'bad', trans.__('dropped')],
    retyped: ['≠', 'unsure', trans.__('retyped')]
  };
  const [sign, tone, word] = words[change];
  return (
    <span className={`jp-mod-${tone}`}>
      <span className="jp-MLOps-sign" aria-hidden="true">
        {sign}
      </span>
      {word}
    </span>
  );
}

type Trans = ReturnType<typeof useTrans>;

function sizeWord(size: NonNullable<ColumnDiff['shift']>['size'], trans: Trans): string {
  const words = {
    none: trans.__('not'),
    small: trans.__('little'),
    medium: trans.__('some'),
    large: trans.__('far')
  };
  return words[size];
}

interface ICardProps {
  readonly column: ColumnDiff;
  readonly labels: readonly [string, string];
}

function Card({ column, labels }: ICardProps): JSX.Element {
  const trans = useTrans();
  const { name, left, right, shift, changed } = column;
  const both = (say: (side: NonNullable<typeof left>) => string | null): ReactNode => {
    const [one, other] = [left && say(left), right && say(right)];
    return one === other ? one : sides(one, other);
  };
  return (
    <section className="jp-MLOps-dataCard" aria-label={name}>
      <h4>{name}</h4>
      {left?.histogram || right?.histogram ? (
        <Distribution
          name={name}
          labels={labels}
          left={left?.histogram ?? null}
          right={right?.histogram ?? null}
          isTime={left?.kind === 'time' || right?.kind === 'time'}
        />
      ) : (
        <Categories
          name={name}
          labels={labels}
          left={topOf(left)}
          right={topOf(right)}
          totals={[left?.count ?? 0, right?.count ?? 0]}
        />
      )}
      <Facts
        facts={[
          shift
            ? [shift.measure, `${shortText(shift.effect)} (${sizeWord(shift.size, trans)})`]
            : ['', null],
          [trans.__('Values changed'), changed === null ? null : countText(changed)],
          [trans.__('Missing'), both(missingText)],
          [trans.__('Mean'), both(side => (side.mean === null ? null : shortText(side.mean)))],
          [trans.__('Minimum'), both(side => bound(side.minimum, side.kind))],
          [trans.__('Maximum'), both(side => bound(side.maximum, side.kind))]
        ]}
      />
    </section>
  );
}

function bound(text: string | null, kind: ColumnProfile['kind']): string | null {
  return text === null ? null : boundText(text, kind);
}

function topOf(side: ColumnDiff['left']): Record<string, number> {
  return Object.fromEntries((side?.top ?? []).map(([value, count]) => [value, Number(count)]));
}

function Examples({ diff }: { readonly diff: DataDiff }): JSX.Element | null {
  const trans = useTrans();
  const lines = examplesOf(diff.examples);
  if (!lines.length) {
    return null;
  }
  const words = {
    added: trans.__('added'),
    removed: trans.__('removed'),
    changed: trans.__('changed')
  };
  return (
    <Fold title={trans.__('Rows that differ')} told={trans.__('examples')} open>
      <Table
        label={trans.__('Rows that differ')}
        columns={[
          { title: trans.__('Row') },
          { title: trans.__('Change') },
          { title: trans.__('Column') },
          { title: diff.left },
          { title: diff.right }
        ]}
        rows={lines
          .slice(0, EXAMPLES)
          .map(({ change, key, column, left, right }) => [key, words[change], column, left, right])}
      />
      {lines.length > EXAMPLES ? (
        <p className="jp-mod-quiet">{trans.__('and %1 more', lines.length - EXAMPLES)}</p>
      ) : null}
    </Fold>
  );
}
