import { useEffect, useId, useRef, useState } from 'react';

import { statusWord, useTrans } from '../../components';
import {
  KINDS,
  NEWEST,
  STATUSES,
  filtersOf,
  orderFrom,
  orderText,
  type IRunFilters
} from './filters';
import { kindText } from './words';

interface IFiltersProps {
  readonly filters: IRunFilters;
  readonly experiments: readonly string[];
  readonly metrics: readonly string[];
  onChange(filters: IRunFilters): void;
}

const PAUSE = 250; // milliseconds after the last key

/** What is looked for, and how it is ordered. */
export function Filters(props: IFiltersProps): JSX.Element {
  const { filters, onChange } = props;
  const trans = useTrans();
  const count = filtersOf(filters);
  return (
    <div className="jp-MLOps-runFilters" role="search">
      <Search
        value={filters.search}
        onChange={search => onChange({ ...filters, search })}
        label={trans.__('Search runs')}
        placeholder={trans.__('Name, notebook, parameter, model, id')}
      />
      <details className="jp-MLOps-fold">
        <summary>
          {count ? trans.__('Filter and order (%1)', count) : trans.__('Filter and order')}
        </summary>
        <Choices
          label={trans.__('Status')}
          all={STATUSES}
          chosen={filters.status}
          words={status => statusWord(status, trans)}
          onChange={status => onChange({ ...filters, status })}
        />
        <Choices
          label={trans.__('Kind')}
          all={KINDS}
          chosen={filters.kind}
          words={kind => kindText(kind, trans)}
          onChange={kind => onChange({ ...filters, kind })}
        />
        <Selects {...props} />
      </details>
    </div>
  );
}

function Selects({ filters, experiments, metrics, onChange }: IFiltersProps): JSX.Element {
  const trans = useTrans();
  const oldest = { ...NEWEST, descending: false };
  const by = (metric: string, descending: boolean): string =>
    orderText({ by: 'metric', metric, descending });
  return (
    <div className="jp-MLOps-runSelects">
      <Select
        label={trans.__('Experiment')}
        value={filters.experiment}
        options={[['', trans.__('all')], ...experiments.map(one => [one, one] as const)]}
        onChange={experiment => onChange({ ...filters, experiment })}
      />
      <Select
        label={trans.__('Order')}
        value={orderText(filters.order)}
        options={[
          [orderText(NEWEST), trans.__('newest first')],
          [orderText(oldest), trans.__('oldest first')],
          ...metrics.flatMap(one => [
            [by(one, true), trans.__('%1, highest first', one)] as const,
            [by(one, false), trans.__('%1, lowest first', one)] as const
          ])
        ]}
        onChange={order => onChange({ ...filters, order: orderFrom(order) })}
      />
      <Select
        label={trans.__('Metric to draw')}
        value={filters.metric}
        options={[
          ['', trans.__('the first of each run')],
          ...metrics.map(one => [one, one] as const)
        ]}
        onChange={metric => onChange({ ...filters, metric })}
      />
    </div>
  );
}

interface ISearchProps {
  readonly value: string;
  readonly label: string;
  readonly placeholder: string;
  onChange(value: string): void;
}

/** A field whose words count as soon as typing pauses, or at once by Enter. */
function Search({ value, label, placeholder, onChange }: ISearchProps): JSX.Element {
  const [text, setText] = useState(value);
  const timer = useRef(0);
  useEffect(() => setText(value), [value]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const tell = (now: string, pause: number): void => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => {
      if (now.trim() !== value.trim()) {
        onChange(now);
      }
    }, pause);
  };
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={placeholder}
      spellCheck={false}
      maxLength={200}
      value={text}
      onChange={event => {
        setText(event.target.value);
        tell(event.target.value, PAUSE);
      }}
      onKeyDown={event => {
        if (event.key === 'Enter') {
          tell(text, 0);
        }
      }}
    />
  );
}

interface IChoicesProps<T extends string> {
  readonly label: string;
  readonly all: readonly T[];
  readonly chosen: readonly T[];
  words(one: T): string;
  onChange(chosen: T[]): void;
}

function Choices<T extends string>(props: IChoicesProps<T>): JSX.Element {
  const { label, all, chosen, words, onChange } = props;
  return (
    <fieldset>
      <legend>{label}</legend>
      {all.map(one => (
        <label key={one}>
          <input
            type="checkbox"
            checked={chosen.includes(one)}
            onChange={event =>
              onChange(
                all.filter(each => (each === one ? event.target.checked : chosen.includes(each)))
              )
            }
          />{' '}
          {words(one)}
        </label>
      ))}
    </fieldset>
  );
}

interface ISelectProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly (readonly [value: string, words: string])[];
  onChange(value: string): void;
}

export function Select({ label, value, options, onChange }: ISelectProps): JSX.Element {
  const id = useId();
  // what was chosen may not be among what this page of runs knows
  const known = options.some(([one]) => one === value)
    ? options
    : [...options, [value, value] as const];
  return (
    <>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={event => onChange(event.target.value)}>
        {known.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </>
  );
}
