import { useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react';

import { useTrans } from '../../components';
import { ABSENT, finiteOf, numberText } from '../../components/numbers';
import { Axes } from './Axes';
import { useFrame, type IFrame } from './frame';
import { Legend } from './Legend';
import { linearScale, logScale, spansPowers, type IScale } from './scale';
import { linePath, lookOf, shapePath, stepsOf, valueAt, type ISeries } from './series';

interface ILinePlotProps {
  readonly metric: string;
  readonly series: readonly ISeries[];
}

const MARKED = 40; // points of a line up to which each is marked

/** A metric over its steps, one line for each run; values at a step by pointer or arrow keys, all as a table. */
export function LinePlot({ metric, series }: ILinePlotProps): JSX.Element {
  const trans = useTrans();
  const figure = useRef<HTMLElement>(null);
  const frame = useFrame(figure);
  const { width, height, across } = frame;
  const [step, setStep] = useState<number | null>(null);
  const [strong, setStrong] = useState<number | null>(null);
  const [logarithmic, setLogarithmic] = useState(false);
  const steps = useMemo(() => stepsOf(series), [series]);
  const lines = useMemo(
    () => series.map(one => ({ ...one, values: one.values.map(finiteOf) })),
    [series]
  );
  const numbers = useMemo(
    () => lines.flatMap(({ values }) => values.filter(value => value !== null)),
    [lines]
  );
  const mayLog = spansPowers(numbers);
  const x = linearScale(steps, frame.ticks);
  const y = logarithmic && mayLog ? logScale(numbers) : linearScale(numbers);
  const told = series.map(one => (step === null ? '' : textAt(one, step)));
  return (
    <figure ref={figure} className="jp-MLOps-plot">
      <figcaption>
        <strong>{metric}</strong>
        {mayLog ? (
          <label>
            <input
              type="checkbox"
              checked={logarithmic}
              onChange={event => setLogarithmic(event.target.checked)}
            />{' '}
            {trans.__('log scale')}
          </label>
        ) : null}
        <span className="jp-MLOps-plot-at">
          {step === null
            ? ''
            : series.length > 1
              ? trans.__('at step %1', step)
              : trans.__('at step %1: %2', step, told[0])}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        tabIndex={0}
        role="img"
        aria-label={trans.__(
          '%1 over steps, %2. Arrow keys go from step to step; the values are also in the table below.',
          metric,
          trans._n('%1 run', '%1 runs', series.length)
        )}
        onKeyDown={event => setStep(stepByKey(event, steps, step))}
        onBlur={() => setStep(null)}
        onPointerMove={event => setStep(stepAt(event, steps, x, frame))}
        onPointerLeave={() => setStep(null)}
      >
        <Axes frame={frame} x={x} y={y} xLabel={trans.__('step')} yLabel={metric} />
        {step === null ? null : (
          <line
            className="jp-MLOps-plot-cursor"
            x1={across(x.at(step))}
            x2={across(x.at(step))}
            y1={frame.top}
            y2={frame.bottom}
          />
        )}
        {lines.map((one, place) => (
          <Line
            key={place}
            series={one}
            frame={frame}
            place={place}
            x={x}
            y={y}
            step={step}
            faint={strong !== null && strong !== place}
          />
        ))}
      </svg>
      {series.length > 1 ? (
        <Legend
          names={series.map(one => one.name)}
          told={told}
          strong={strong}
          onPoint={setStrong}
        />
      ) : null}
      <span className="jp-MLOps-unseen" role="status">
        {step === null
          ? ''
          : `${trans.__('step %1', step)}: ${series.map((one, place) => `${one.name} ${told[place]}`).join(', ')}`}
      </span>
      <StepsTable metric={metric} series={series} steps={steps} />
    </figure>
  );
}

interface ILineProps {
  readonly series: ISeries;
  readonly frame: IFrame;
  readonly place: number;
  readonly x: IScale<number>;
  readonly y: IScale<number>;
  readonly step: number | null;
  readonly faint: boolean;
}

function Line({ series, frame, place, x, y, step, faint }: ILineProps): JSX.Element {
  const { colour, dash, shape } = lookOf(place);
  const atX = (value: number): number => frame.across(x.at(value));
  const atY = (value: number): number => frame.up(y.at(value));
  const all = series.values.length <= MARKED;
  const every = Math.ceil(series.values.length / 12);
  return (
    <g className={faint ? 'jp-mod-faint' : ''}>
      <path
        d={linePath(series, atX, atY)}
        fill="none"
        stroke={colour}
        strokeWidth="2"
        strokeDasharray={dash}
      />
      {series.values.map((value, point) => {
        const marked = all || point % every === 0 || series.steps[point] === step;
        const size = series.steps[point] === step ? 5 : 3;
        return value !== null && marked ? (
          <path
            key={point}
            d={shapePath(shape, atX(series.steps[point]), atY(value), size)}
            fill={colour}
          />
        ) : null;
      })}
    </g>
  );
}

const ROWS = 200;

function StepsTable(props: ILinePlotProps & { readonly steps: readonly number[] }): JSX.Element {
  const { metric, series, steps } = props;
  const trans = useTrans();
  const [open, setOpen] = useState(false);
  const shown = steps.slice(0, ROWS);
  return (
    <details className="jp-MLOps-fold" onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{trans.__('%1 as a table', metric)}</summary>
      {open ? (
        <div
          className="jp-MLOps-scroll"
          tabIndex={0}
          role="group"
          aria-label={trans.__('%1 as a table', metric)}
        >
          <table className="jp-MLOps-table">
            <thead>
              <tr>
                <th scope="col">{trans.__('step')}</th>
                {series.map((one, place) => (
                  <th key={place} scope="col" className="jp-mod-number">
                    {one.name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map(step => (
                <tr key={step}>
                  <th scope="row">{step}</th>
                  {series.map((one, place) => (
                    <td key={place} className="jp-mod-number">
                      {textAt(one, step)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {steps.length > ROWS ? <p>{trans.__('and %1 more steps', steps.length - ROWS)}</p> : null}
        </div>
      ) : null}
    </details>
  );
}

function textAt(series: ISeries, step: number): string {
  const value = valueAt(series, step);
  return value === undefined ? ABSENT : value === null ? 'NaN' : numberText(value);
}

function stepByKey(
  event: KeyboardEvent,
  steps: readonly number[],
  step: number | null
): number | null {
  const place = step === null ? -1 : steps.indexOf(step);
  const places = new Map([
    ['ArrowRight', place + 1],
    ['ArrowLeft', place < 0 ? steps.length - 1 : place - 1],
    ['Home', 0],
    ['End', steps.length - 1]
  ]);
  const wanted = places.get(event.key);
  if (event.key === 'Escape') {
    return null;
  }
  if (wanted === undefined) {
    return step;
  }
  event.preventDefault();
  return steps[Math.max(0, Math.min(steps.length - 1, wanted))] ?? null;
}

function stepAt(
  event: PointerEvent,
  steps: readonly number[],
  x: IScale<number>,
  { width, across }: IFrame
): number | null {
  const box = event.currentTarget.getBoundingClientRect();
  if (!steps.length || box.width === 0) {
    return null;
  }
  const at = ((event.clientX - box.left) / box.width) * width;
  return nearestBy(steps, step => Math.abs(across(x.at(step)) - at));
}

function nearestBy(steps: readonly number[], distance: (step: number) => number): number {
  return steps.reduce((best, step) => (distance(step) < distance(best) ? step : best));
}
