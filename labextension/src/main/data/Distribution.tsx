import { useTrans } from '../../components';
import type { Histogram } from '../../entities';
import { countText, edgeText, histogramText, percentText } from '../../panels/data/texts';
import { sidesOf } from './histograms';

interface IDistributionProps {
  readonly name: string;
  readonly labels: readonly [left: string, right: string];
  readonly left: Histogram | null;
  readonly right: Histogram | null;
  readonly isTime: boolean;
}

const WIDTH = 320;
const HEIGHT = 132;
const BOTTOM = 112;

/** How the values of two sides are spread, one over the other, as shares of each side. */
export function Distribution(props: IDistributionProps): JSX.Element | null {
  const { name, labels, left, right, isTime } = props;
  const trans = useTrans();
  const sides = sidesOf([left, right]);
  if (!sides) {
    return null;
  }
  const { low, high, drawn } = sides;
  const x = (value: number): number => ((value - low) / (high - low)) * WIDTH;
  const y = (share: number): number => BOTTOM - share * (BOTTOM - 6);
  const told = [left, right].flatMap((side, place) =>
    side ? [`${labels[place]}: ${histogramText(side, isTime, trans)}`] : []
  );
  return (
    <figure className="jp-MLOps-distribution">
      <Sides labels={labels} />
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={trans.__('Distribution of %1. %2', name, told.join('; '))}
      >
        {drawn.map((side, place) =>
          side ? (
            <path
              key={place}
              className={place ? 'jp-mod-right' : 'jp-mod-left'}
              d={`${side.reduce(
                (path, bar) => `${path}V${y(bar.height).toFixed(1)}H${x(bar.end).toFixed(1)}`,
                `M${x(side[0].begin).toFixed(1)},${BOTTOM}`
              )}V${BOTTOM}Z`}
            />
          ) : null
        )}
        <line x1="0" x2={WIDTH} y1={BOTTOM} y2={BOTTOM} />
        <g aria-hidden="true">
          <text x="0" y={HEIGHT - 6}>
            {edgeText(low, isTime)}
          </text>
          <text x={WIDTH / 2} y={HEIGHT - 6} textAnchor="middle">
            {edgeText((low + high) / 2, isTime)}
          </text>
          <text x={WIDTH} y={HEIGHT - 6} textAnchor="end">
            {edgeText(high, isTime)}
          </text>
        </g>
      </svg>
    </figure>
  );
}

/** How the two sides look. */
function Sides({ labels }: { readonly labels: readonly [string, string] }): JSX.Element {
  return (
    <figcaption>
      {labels.map((label, place) => (
        <span key={place}>
          <span
            className={`jp-MLOps-swatch ${place ? 'jp-mod-right' : 'jp-mod-left'}`}
            aria-hidden="true"
          />
          {label}
        </span>
      ))}
    </figcaption>
  );
}

interface ICategoriesProps {
  readonly name: string;
  readonly labels: readonly [left: string, right: string];
  readonly left: Readonly<Record<string, number>>;
  readonly right: Readonly<Record<string, number>>;
  /** How many values there are on either side. */
  readonly totals: readonly [left: number, right: number];
}

const SHOWN = 8; // values

/** How often the most frequent values occur on two sides, as shares of each. */
export function Categories(props: ICategoriesProps): JSX.Element | null {
  const { name, labels, left, right, totals } = props;
  const trans = useTrans();
  const share = (value: string, place: 0 | 1): number =>
    totals[place] ? Number([left, right][place][value] ?? 0) / totals[place] : 0;
  const values = [...new Set([...Object.keys(left), ...Object.keys(right)])].sort(
    (a, b) => share(b, 0) + share(b, 1) - share(a, 0) - share(a, 1)
  );
  if (!values.length) {
    return null;
  }
  return (
    <div className="jp-MLOps-distribution">
      <Sides labels={labels} />
      <table className="jp-MLOps-categories" aria-label={trans.__('Values of %1', name)}>
        <thead className="jp-MLOps-unseen">
          <tr>
            <th scope="col">{trans.__('Value')}</th>
            <th scope="col">{labels[0]}</th>
            <th scope="col">{labels[1]}</th>
          </tr>
        </thead>
        <tbody>
          {values.slice(0, SHOWN).map(value => (
            <tr key={value}>
              <th scope="row" title={value}>
                {value}
              </th>
              {([0, 1] as const).map(place => (
                <td key={place} title={countText(Number([left, right][place][value] ?? 0))}>
                  <span
                    className={`jp-MLOps-share ${place ? 'jp-mod-right' : 'jp-mod-left'}`}
                    style={{ width: `${(50 * share(value, place)).toFixed(1)}%` }}
                    aria-hidden="true"
                  />{' '}
                  {percentText(share(value, place))}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {values.length > SHOWN ? (
        <p className="jp-mod-quiet">
          {trans._n('and %1 other value', 'and %1 other values', values.length - SHOWN)}
        </p>
      ) : null}
    </div>
  );
}
