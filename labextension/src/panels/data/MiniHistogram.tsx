import { useTrans } from '../../components';
import type { ColumnProfile } from '../../entities';
import { countText, histogramText } from './texts';

const WIDTH = 96;
const HEIGHT = 28;
const MOST = 20; // bars of categories

/** How the values of a column are spread, small; of categories the most frequent ones. */
export function MiniHistogram({ column }: { readonly column: ColumnProfile }): JSX.Element | null {
  const trans = useTrans();
  const { histogram, top, kind, name } = column;
  const counts = histogram ? histogram.counts : top.slice(0, MOST).map(one => Number(one[1]));
  if (!counts.length) {
    return null;
  }
  const told = histogram
    ? histogramText(histogram, kind === 'time', trans)
    : top
        .slice(0, 5)
        .map(([value, count]) => `${value} ${countText(Number(count))}`)
        .join(', ');
  const label = `${name}: ${told}`;
  const highest = Math.max(...counts, 1);
  const wide = Math.min(WIDTH / counts.length, 12);
  return (
    <svg
      className="jp-MLOps-mini"
      role="img"
      aria-label={label}
      width={WIDTH}
      height={HEIGHT}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
    >
      <title>{label}</title>
      {counts.map((count, place) => {
        const high = count ? Math.max(1, (count / highest) * (HEIGHT - 1)) : 0;
        return (
          <rect
            key={place}
            x={place * wide}
            y={HEIGHT - high}
            width={Math.max(1, wide - 1)}
            height={high}
          />
        );
      })}
      <line x1="0" x2={WIDTH} y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} />
    </svg>
  );
}
