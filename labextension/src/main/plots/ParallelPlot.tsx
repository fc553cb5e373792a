import { useRef, useState } from 'react';

import { useTrans } from '../../components';
import type { IAxis } from '../comparing';
import { useFrame } from './frame';
import { Legend } from './Legend';
import { scaleOf } from './ScatterPlot';
import { clipped } from './scale';
import { lookOf } from './series';

interface IParallelPlotProps {
  readonly names: readonly string[];
  readonly axes: readonly IAxis[];
}

const TOP = 34;
const BOTTOM = 14;
const SIDE = 56;

/** A line for each run through its value on each axis. */
export function ParallelPlot({ names, axes }: IParallelPlotProps): JSX.Element {
  const trans = useTrans();
  const figure = useRef<HTMLElement>(null);
  const frame = useFrame(figure);
  const { height } = frame;
  const [strong, setStrong] = useState<number | null>(null);
  const width = Math.max(frame.width, axes.length * 100);
  const at = (place: number): number =>
    SIDE + (place * (width - 2 * SIDE)) / Math.max(1, axes.length - 1);
  const up = (share: number): number => height - BOTTOM - share * (height - TOP - BOTTOM);
  const scales = axes.map(axis => scaleOf(axis));
  const pathOf = (run: number): string => {
    let pen = 'M';
    return axes.reduce((path, axis, place) => {
      const value = axis.values[run];
      if (value === null || value === undefined) {
        pen = 'M';
        return path;
      }
      const next = `${path}${pen}${at(place).toFixed(1)},${up(scales[place].at(value)).toFixed(1)}`;
      pen = 'L';
      return next;
    }, '');
  };
  return (
    <figure ref={figure} className="jp-MLOps-plot">
      <div
        className="jp-MLOps-scroll"
        tabIndex={0}
        role="group"
        aria-label={trans.__('Parallel coordinates')}
      >
        <svg
          viewBox={`0 0 ${width} ${height}`}
          style={{ width }}
          role="img"
          aria-label={trans.__(
            'Parallel coordinates of %1: %2; the values are also in the table.',
            trans._n('%1 run', '%1 runs', names.length),
            axes.map(axis => axis.name).join(', ')
          )}
        >
          {names.map((name, run) => {
            const { colour, dash } = lookOf(run);
            const faint = strong !== null && strong !== run;
            return (
              <path
                key={run}
                className={faint ? 'jp-mod-faint' : ''}
                d={pathOf(run)}
                fill="none"
                stroke={colour}
                strokeWidth={strong === run ? 4 : 2}
                strokeDasharray={dash}
                onPointerEnter={() => setStrong(run)}
                onPointerLeave={() => setStrong(null)}
              >
                <title>{name}</title>
              </path>
            );
          })}
          <g className="jp-MLOps-plot-axes" aria-hidden="true">
            {axes.map((axis, place) => (
              <g key={axis.key}>
                <line x1={at(place)} x2={at(place)} y1={TOP} y2={height - BOTTOM} />
                <text className="jp-mod-name" x={at(place)} y={16} textAnchor="middle">
                  {clipped(axis.name, 17)}
                  <title>{axis.name}</title>
                </text>
                {scales[place].ticks.map(({ value, label }) => (
                  <text
                    key={value}
                    className="jp-mod-onaxis"
                    x={at(place) - 6}
                    y={up(scales[place].at(value)) + 4}
                    textAnchor="end"
                  >
                    {label}
                  </text>
                ))}
              </g>
            ))}
          </g>
        </svg>
      </div>
      <Legend names={names} strong={strong} onPoint={setStrong} />
    </figure>
  );
}
