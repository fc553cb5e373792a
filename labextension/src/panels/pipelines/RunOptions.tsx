import { useId } from 'react';

import { useTrans } from '../../components';
import { countOf, type Options, type Typed } from './options';

interface IRunOptionsProps {
  readonly options: Options;
  readonly steps: readonly string[];
  /** Parameters to choose from. */
  readonly known: readonly Typed[];
  onChange(options: Options): void;
}

/** What a run may be asked for beside that it runs. */
export function RunOptions({ options, steps, known, onChange }: IRunOptionsProps): JSX.Element {
  const trans = useTrans();
  const id = useId();
  const count = countOf(options);
  const set = (change: Partial<Options>): void => onChange({ ...options, ...change });
  return (
    <details className="jp-MLOps-fold jp-MLOps-runOptions">
      <summary>
        {trans.__('Options of the run')}{' '}
        {count ? (
          <span className="jp-mod-quiet">{trans._n('%1 option set', '%1 options set', count)}</span>
        ) : null}
      </summary>
      <label className="jp-MLOps-check">
        <input
          type="checkbox"
          checked={options.force}
          onChange={event => set({ force: event.target.checked })}
        />
        <span>{trans.__('Force: run also what is cached')}</span>
      </label>
      <label htmlFor={`${id}start`}>{trans.__('Start at')}</label>
      <select
        id={`${id}start`}
        value={options.start}
        onChange={event => set({ start: event.target.value })}
      >
        <option value="">{trans.__('the beginning')}</option>
        {steps.map(step => (
          <option key={step} value={step}>
            {step}
          </option>
        ))}
      </select>
      <label htmlFor={`${id}workers`}>{trans.__('Steps at once')}</label>
      <input
        id={`${id}workers`}
        type="number"
        min={1}
        max={1000}
        value={options.workers}
        placeholder={trans.__('as declared')}
        onChange={event => set({ workers: event.target.value })}
      />
      <fieldset className="jp-MLOps-only">
        <legend>{trans.__('Only these steps')}</legend>
        {steps.map(step => (
          <label key={step} className="jp-MLOps-check">
            <input
              type="checkbox"
              checked={options.only.includes(step)}
              onChange={event => set({ only: chosen(options.only, step, event.target.checked) })}
            />
            <span>{step}</span>
          </label>
        ))}
      </fieldset>
      <Parameters
        typed={options.parameters}
        known={known}
        onChange={parameters => set({ parameters })}
      />
    </details>
  );
}

function chosen(only: readonly string[], step: string, isOn: boolean): string[] {
  const others = only.filter(one => one !== step);
  return isOn ? [...others, step] : others;
}

interface IParametersProps {
  readonly typed: readonly Typed[];
  readonly known: readonly Typed[];
  onChange(typed: readonly Typed[]): void;
}

/** Pairs of a name and a value; there is always an empty one at the end. */
function Parameters({ typed, known, onChange }: IParametersProps): JSX.Element {
  const trans = useTrans();
  const id = useId();
  const rows = [...typed, { name: '', text: '' }];
  const change = (at: number, row: Typed): void => {
    const changed = [...rows.slice(0, at), row, ...rows.slice(at + 1)];
    onChange(changed.filter(({ name, text }) => name || text));
  };
  return (
    <fieldset className="jp-MLOps-typed">
      <legend>{trans.__('Parameters')}</legend>
      <p className="jp-mod-quiet">
        {trans.__('Each is given to every step that has it; STEP.NAME to one step only.')}
      </p>
      <datalist id={id}>
        {known.map(({ name }) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {rows.map((row, at) => (
        <div key={at}>
          <input
            type="text"
            list={id}
            aria-label={trans.__('Name of parameter %1', at + 1)}
            placeholder={trans.__('name')}
            spellCheck={false}
            maxLength={300}
            value={row.name}
            onChange={event => change(at, { ...row, name: event.target.value })}
          />
          <input
            type="text"
            aria-label={
              row.name
                ? trans.__('Value of %1', row.name)
                : trans.__('Value of parameter %1', at + 1)
            }
            placeholder={known.find(({ name }) => name === row.name)?.text ?? trans.__('value')}
            spellCheck={false}
            value={row.text}
            onChange={event => change(at, { ...row, text: event.target.value })}
          />
          {row.text && !row.name.trim() ? (
            <p className="jp-mod-unsure" role="status">
              {trans.__('Without a name it is not used.')}
            </p>
          ) : null}
        </div>
      ))}
    </fieldset>
  );
}
