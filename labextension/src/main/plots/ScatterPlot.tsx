import { useRef, useState } from 'react';

import { useTrans } from '../../components';
import { numberText } from '../../components/numbers';
import type { IAxis } from '../comparing';
import { Axes } from './Axes';
import { useFrame } from './frame';
import { Legend } from './Legend';
import { linearScale, logScale, nameScale, spansPowers, type IScale } from './scale';
import { lookOf, shapePath } from './series';

interface IScatterPlotProps {
  readonly names: readonly string[];
  readonly x: IAxis;
  readonly y: IAxis;
}

/** One value of each run against another; the runs as shapes, named in the legend. */
export function ScatterPlot({ names, x, y }: IScatterPlotProps): JSX.Element {
  const trans = useTrans();
  const figure = useRef<HTMLElement>(null);
  const frame = useFrame(figure);
  const [strong, setStrong] = useState<number | null>(null);
  const [xScale, yScale] = [scaleOf(x, frame.ticks), scaleOf(y)];
  const points = names.flatMap((name, place) => {
    const [left, right] = [x.values[place], y.values[place]];
    return left === null || right === null ? [] : [{ name, place, x: left, y: right }];
  });
  const missing = names.length - points.length;
  const told = names.map((_, place) => `${valueText(x, place)}, ${valueText(y, place)}`);
  return (
    <figure ref={figure} className="jp-MLOps-plot">
      <svg
        viewBox={`0 0 ${frame.width} ${frame.height}`}
        role="img"
        aria-label={trans.__(
          '%1 against %2, %3; the values are also in the table.',
          y.name,
          x.name,
          trans._n('%1 run', '%1 runs', points.length)
        )}
      >
        <Axes frame={frame} x={xScale} y={yScale} xLabel={x.name} yLabel={y.name} />
        {points.map(({ name, place, ...at }) => {
          const { colour, shape } = lookOf(place);
          const faint = strong !== null && strong !== place;
          return (
            <path
              key={place}
              className={faint ? 'jp-mod-faint' : ''}
              d={shapePath(
                shape,
                frame.across(xScale.at(at.x)),
                frame.up(yScale.at(at.y)),
                strong === place ? 8 : 6
              )}
              fill={colour}
              onPointerEnter={() => setStrong(place)}
              onPointerLeave={() => setStrong(null)}
            >
              <title>{`${name}\n${x.name} = ${at.x}\n${y.name} = ${valueText(y, place)}`}</title>
            </path>
          );
        })}
      </svg>
      <Legend names={names} told={told} strong={strong} onPoint={setStrong} />
      {missing ? (
        <p className="jp-mod-quiet">
          {trans._n('%1 run has no such value.', '%1 runs have no such value.', missing)}
        </p>
      ) : null}
    </figure>
  );
}

/** A scale for either kind of axis. */
export function scaleOf(axis: IAxis, ticks = 5): IScale<string | number> {
  if (!axis.numeric) {
    const values = axis.values.filter((value): value is string => value !== null);
    return nameScale(values, ticks + 3) as IScale<string | number>;
  }
  const values = axis.values.filter((value): value is number => value !== null);
  const scale = spansPowers(values) ? logScale(values) : linearScale(values, ticks);
  return scale as IScale<string | number>;
}

export function valueText(axis: IAxis, place: number): string {
  const value = axis.values[place];
  return typeof value === 'string' ? value : numberText(value);
}
