import { lookOf, shapePath } from './series';

/** A sample of how the series at that place looks. */
export function Sample({ place }: { readonly place: number }): JSX.Element {
  const { colour, dash, shape } = lookOf(place);
  return (
    <svg
      className="jp-MLOps-plot-sample"
      viewBox="0 0 28 12"
      width="28"
      height="12"
      aria-hidden="true"
    >
      <line x1="1" x2="27" y1="6" y2="6" stroke={colour} strokeWidth="2" strokeDasharray={dash} />
      <path d={shapePath(shape, 14, 6, 3.5)} fill={colour} />
    </svg>
  );
}

interface ILegendProps {
  readonly names: readonly string[];
  /** What is told of each beside its name, e.g. its value where the pointer is. */
  readonly told?: readonly string[];
  readonly strong: number | null;
  onPoint(place: number | null): void;
}

/** The names of the series of a plot; the one that is pointed at stands out. */
export function Legend({ names, told, strong, onPoint }: ILegendProps): JSX.Element {
  return (
    <ul className="jp-MLOps-plot-legend">
      {names.map((name, place) => (
        <li
          key={place}
          className={strong === place ? 'jp-mod-strong' : ''}
          onPointerEnter={() => onPoint(place)}
          onPointerLeave={() => onPoint(null)}
        >
          <Sample place={place} />
          <span className="jp-MLOps-plot-name">{name}</span>
          {told?.[place] ? <span className="jp-MLOps-plot-told">{told[place]}</span> : null}
        </li>
      ))}
    </ul>
  );
}
