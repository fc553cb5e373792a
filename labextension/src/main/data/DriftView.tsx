import { useTrans } from '../../components';
import type { ColumnDrift, Decay, DriftReport } from '../../entities';
import { countText, missingText, probabilityText, shortText } from '../../panels/data/texts';
import { Facts, Fold, Section, Table } from '../parts';
import { Comparing, Notes, Verdict } from './Comparing';
import { isDrifted, isUnsure, standing, standingOf, tellingDrifts } from './difference';
import { Categories, Distribution } from './Distribution';

const COLUMNS = 100;
const DRAWN = 24; // columns

interface IDriftViewProps {
  readonly left: string;
  readonly right: string;
}

/** How far what is current lies from the reference, column by column. */
export function DriftView({ left, right }: IDriftViewProps): JSX.Element {
  return (
    <Comparing verb="drift" left={left} right={right}>
      {found => <Found report={found as unknown as DriftReport} />}
    </Comparing>
  );
}

function Found({ report }: { readonly report: DriftReport }): JSX.Element {
  const trans = useTrans();
  const columns = tellingDrifts(report.columns);
  const drifted = columns.filter(isDrifted);
  const others = columns.filter(column => !isDrifted(column));
  const rows = (label: string, count: number): string =>
    `${label}, ${trans._n('%2 row', '%2 rows', count, countText(count))}`;
  return (
    <>
      <Verdict {...standingOf(report)}>{report.verdict}</Verdict>
      <Facts
        facts={[
          [trans.__('Reference'), rows(report.reference, report.reference_rows)],
          [trans.__('Current'), rows(report.current, report.current_rows)],
          [trans.__('Model'), report.model]
        ]}
      />
      <Notes notes={report.notes} />
      {report.decay.length ? <Performance decay={report.decay} /> : null}
      <Cards title={trans.__('Predictions')} columns={report.predictions} />
      <Cards title={trans.__('Columns that drifted')} columns={drifted} />
      {columns.length ? (
        <Section title={trans.__('All columns')}>
          <ColumnTable columns={columns} />
        </Section>
      ) : null}
      {others.length ? (
        <Fold
          title={trans.__('Distributions of the others')}
          told={String(others.length)}
          open={!drifted.length}
        >
          <Cards columns={others} />
        </Fold>
      ) : null}
    </>
  );
}

function Performance({ decay }: { readonly decay: readonly Decay[] }): JSX.Element {
  const trans = useTrans();
  return (
    <Section title={trans.__('Performance')}>
      <Table
        label={trans.__('Performance')}
        columns={[
          { title: trans.__('Metric') },
          { title: trans.__('Reference'), numeric: true },
          { title: trans.__('Current'), numeric: true },
          { title: trans.__('Difference, 95 % interval'), numeric: true },
          { title: 'p', numeric: true },
          { title: '' }
        ]}
        rows={decay.map(one => [
          one.metric,
          shortText(one.reference),
          shortText(one.current),
          `${shortText(one.difference)} (${shortText(one.low)} … ${shortText(one.high)})`,
          probabilityText(one.p_value),
          <span key="state" className={one.decayed ? 'jp-mod-bad' : 'jp-mod-good'}>
            <span className="jp-MLOps-sign" aria-hidden="true">
              {one.decayed ? '≠' : '✓'}
            </span>
            {one.decayed ? trans.__('worse') : trans.__('not worse')}
          </span>
        ])}
      />
    </Section>
  );
}

function ColumnTable({ columns }: { readonly columns: readonly ColumnDrift[] }): JSX.Element {
  const trans = useTrans();
  return (
    <>
      <Table
        label={trans.__('All columns')}
        columns={[
          { title: trans.__('Column') },
          { title: trans.__('Found') },
          { title: trans.__('Effect'), numeric: true },
          { title: trans.__('Threshold'), numeric: true },
          { title: 'p', numeric: true },
          { title: trans.__('Measure') },
          { title: trans.__('Why') }
        ]}
        rows={columns
          .slice(0, COLUMNS)
          .map(column => [
            column.name,
            <State key="state" column={column} />,
            shortText(column.effect),
            shortText(column.threshold),
            probabilityText(column.p_value),
            column.measure,
            column.why
          ])}
      />
      {columns.length > COLUMNS ? (
        <p className="jp-mod-quiet">{trans.__('and %1 more', columns.length - COLUMNS)}</p>
      ) : null}
    </>
  );
}

function State({ column }: { readonly column: ColumnDrift }): JSX.Element {
  const trans = useTrans();
  const words: Readonly<Record<ColumnDrift['state'], string>> = {
    'no drift': trans.__('no drift'),
    drift: trans.__('drift'),
    'too few': trans.__('too few values'),
    constant: trans.__('constant'),
    'all missing': trans.__('all missing'),
    'new column': trans.__('new column'),
    'dropped column': trans.__('dropped column'),
    retyped: trans.__('retyped'),
    'not tested': trans.__('not tested')
  };
  const { sign, tone } = standing(isDrifted(column), isUnsure(column));
  return (
    <span className={`jp-mod-${tone}`}>
      <span className="jp-MLOps-sign" aria-hidden="true">
        {sign}
      </span>
      {words[column.state] ?? column.state}
    </span>
  );
}

interface ICardsProps {
  readonly title?: string;
  readonly columns: readonly ColumnDrift[];
}

function Cards(props: ICardsProps): JSX.Element | null {
  const trans = useTrans();
  const { title } = props;
  const columns = props.columns.filter(isDrawn);
  if (!columns.length) {
    return null;
  }
  const cards = (
    <>
      <div className="jp-MLOps-cards">
        {columns.slice(0, DRAWN).map(column => (
          <Card key={column.name} column={column} />
        ))}
      </div>
      {columns.length > DRAWN ? (
        <p className="jp-mod-quiet">{trans.__('and %1 more', columns.length - DRAWN)}</p>
      ) : null}
    </>
  );
  return title ? <Section title={title}>{cards}</Section> : cards;
}

/** Whether the values of a column can be drawn: one that is on one side only is in the table. */
function isDrawn(column: ColumnDrift): boolean {
  const {
    reference_histogram: left,
    current_histogram: right,
    reference_top,
    current_top
  } = column;
  return Boolean(left || right || Object.keys({ ...reference_top, ...current_top }).length);
}

function Card({ column }: { readonly column: ColumnDrift }): JSX.Element {
  const trans = useTrans();
  const { name, kind, why, measure, effect, threshold } = column;
  const labels = [trans.__('reference'), trans.__('current')] as const;
  const [left, right] = [column.reference_top ?? {}, column.current_top ?? {}];
  const isCounted = Object.keys(left).length + Object.keys(right).length > 0;
  const counts = [column.reference_count, column.current_count] as const;
  const missing = [column.reference_missing, column.current_missing].map((missing, place) =>
    missingText({ missing, count: counts[place] })
  );
  return (
    <section className="jp-MLOps-dataCard" aria-label={name}>
      <h4>
        {name} <State column={column} />
      </h4>
      {why ? <p className="jp-mod-quiet">{why}</p> : null}
      {isCounted ? (
        <Categories name={name} labels={labels} left={left} right={right} totals={counts} />
      ) : (
        <Distribution
          name={name}
          labels={labels}
          left={column.reference_histogram}
          right={column.current_histogram}
          isTime={kind === 'time'}
        />
      )}
      <Facts
        facts={[
          [
            measure || trans.__('Effect'),
            effect === null
              ? null
              : threshold === null
                ? shortText(effect)
                : trans.__('%1, allowed %2', shortText(effect), shortText(threshold))
          ],
          [trans.__('Missing'), missing[0] === missing[1] ? missing[0] : missing.join(' → ')],
          [trans.__('New values'), column.new_values.slice(0, 8).join(', ')]
        ]}
      />
    </section>
  );
}
