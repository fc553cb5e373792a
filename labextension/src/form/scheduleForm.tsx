import type { TranslationBundle } from '@jupyterlab/translation';
import { useEffect, useId, useRef } from 'react';

import type { ScheduleForm as Choices, WhenPreview } from '../entities';
import { Choice, ParametersForm } from './parameters';
import { Complaint } from './complaint';
import { RegisterAs } from './registerAs';
import { Row } from './row';
import type { Mode, ScheduleModel } from './schedule';
import { useFirstWrong, useForm } from './use';

interface IProps {
  model: ScheduleModel;
  trans: TranslationBundle;
}

/** All that a schedule is made of: what runs, with which parameters, and when. */
export function ScheduleForm({ model, trans }: IProps): JSX.Element {
  const { what, note, fields, texts, wrong, choices, problem, hint, refused } = useForm(model);
  const root = useRef<HTMLDivElement>(null);
  useFirstWrong(root, refused);
  useEffect(() => {
    void model.load();
    return () => model.dispose();
  }, [model]);
  const type = (name: string, text: string): void =>
    model.update({ texts: { ...model.state.texts, [name]: text } }, name);
  return (
    <div ref={root} className="jp-MLOps-form">
      {!model.fixed && (
        <Row label={trans.__('What runs')} wrong={wrong[':what']}>
          {control => (
            <select
              {...control}
              value={what}
              onChange={event => void model.choose(event.target.value)}
            >
              <option value="">{trans.__('choose …')}</option>
              <Group label={trans.__('Pipelines')} names={choices?.pipelines ?? []} />
              <Group label={trans.__('Notebooks')} names={choices?.notebooks ?? []} />
            </select>
          )}
        </Row>
      )}
      <When model={model} trans={trans} />
      <Name model={model} trans={trans} />
      {note && <p className="jp-MLOps-formNote">{note}</p>}
      <ParametersForm {...{ fields, texts, wrong, trans }} onChange={type} />
      <More model={model} trans={trans} />
      <Complaint problem={problem} hint={hint} wrong={wrong} />
    </div>
  );
}

function Group({ label, names }: { label: string; names: readonly string[] }): JSX.Element | null {
  if (!names.length) {
    return null;
  }
  return (
    <optgroup label={label}>
      {names.map(name => (
        <option key={name}>{name}</option>
      ))}
    </optgroup>
  );
}

function When({ model, trans }: IProps): JSX.Element {
  const { mode, when, preview, wrong } = useForm(model);
  const modes: Record<Mode, { label: string; field: string; example: string; told: string }> = {
    cron: {
      field: trans.__('Time'),
      label: trans.__('at times (cron)'),
      example: '0 2 * * *',
      told: trans.__('minute hour day month weekday')
    },
    every: {
      field: trans.__('Interval'),
      label: trans.__('every so often'),
      example: '6h',
      told: trans.__('such as 30m, 6h or 1d')
    },
    data: {
      field: trans.__('Data'),
      label: trans.__('when data changes'),
      example: 'data/new.csv',
      told: trans.__('files, folders, URLs or dataset:NAME, with commas between')
    }
  };
  const { field, example, told } = modes[mode];
  return (
    <>
      <Row label={trans.__('When')}>
        {control => (
          <Choice
            control={control}
            choices={Object.keys(modes)}
            said={one => modes[one as Mode].label}
            text={mode}
            onChange={text => model.change({ mode: text as Mode })}
          />
        )}
      </Row>
      <Row
        label={field}
        wrong={wrong[':when'] || preview?.error}
        note={<Preview preview={preview} otherwise={told} trans={trans} />}
      >
        {control => (
          <input
            {...control}
            type="text"
            value={when}
            placeholder={example}
            maxLength={500}
            spellCheck={false}
            autoComplete="off"
            onChange={event => model.change({ when: event.target.value })}
          />
        )}
      </Row>
      {mode === 'cron' && <Zone model={model} trans={trans} />}
    </>
  );
}

interface IPreviewProps {
  preview: WhenPreview | null;
  otherwise: string;
  trans: TranslationBundle;
}

function Preview({ preview, otherwise, trans }: IPreviewProps): JSX.Element {
  return (
    <div aria-live="polite">
      {preview?.words || otherwise}
      {Boolean(preview?.times.length) && (
        <ol className="jp-MLOps-next" aria-label={trans.__('Next times, on your clock')}>
          {preview?.times.map(time => (
            <li key={time}>{onClock(time)}</li>
          ))}
        </ol>
      )}
    </div>
  );
}

/** A moment on the clock of whoever looks. */
export function onClock(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

function Zone({ model, trans }: IProps): JSX.Element {
  const { timezone, choices, wrong } = useForm(model);
  const zones = useId();
  return (
    <Row label={trans.__('Time zone')} wrong={wrong[':timezone']}>
      {control => (
        <>
          <input
            {...control}
            type="text"
            list={zones}
            value={timezone}
            maxLength={100}
            spellCheck={false}
            onChange={event => model.change({ timezone: event.target.value })}
          />
          <datalist id={zones}>
            {choices?.zones.map(zone => (
              <option key={zone} value={zone} />
            ))}
          </datalist>
        </>
      )}
    </Row>
  );
}

function Name({ model, trans }: IProps): JSX.Element {
  const { name, wrong } = useForm(model);
  return (
    <Row label={trans.__('Name')} wrong={wrong[':name']}>
      {control => (
        <input
          {...control}
          type="text"
          value={name}
          placeholder={trans.__('as what runs is called')}
          maxLength={200}
          spellCheck={false}
          onChange={event => model.update({ name: event.target.value }, ':name')}
        />
      )}
    </Row>
  );
}

const MORE = [':overlap', ':misfire', ':retries', ':register_as'];

function More({ model, trans }: IProps): JSX.Element {
  const { choices, overlap, misfire, retries, registerAs, wrong } = useForm(model);
  const said = words(trans);
  return (
    <details open={MORE.some(field => wrong[field]) || undefined}>
      <summary>{trans.__('More')}</summary>
      <Row label={trans.__('If its run still goes on')} wrong={wrong[':overlap']}>
        {control => (
          <Choice
            control={control}
            choices={offered(choices, 'overlaps', overlap)}
            said={said}
            text={overlap}
            onChange={text => model.update({ overlap: text }, ':overlap')}
          />
        )}
      </Row>
      <Row label={trans.__('If it is late')} wrong={wrong[':misfire']}>
        {control => (
          <Choice
            control={control}
            choices={offered(choices, 'misfires', misfire)}
            said={said}
            text={misfire}
            onChange={text => model.update({ misfire: text }, ':misfire')}
          />
        )}
      </Row>
      <Row label={trans.__('Tries after a failure')} wrong={wrong[':retries']}>
        {control => (
          <input
            {...control}
            type="text"
            inputMode="numeric"
            maxLength={2}
            value={retries}
            onChange={event =>
              model.update({ retries: event.target.value.replace(/\D/g, '') }, ':retries')
            }
          />
        )}
      </Row>
      <RegisterAs
        text={registerAs}
        wrong={wrong[':register_as']}
        onChange={text => model.update({ registerAs: text }, ':register_as')}
        trans={trans}
      />
    </details>
  );
}

function offered(choices: Choices | null, kind: 'overlaps' | 'misfires', now: string): string[] {
  return choices?.[kind].length ? [...choices[kind]] : [now];
}

function words(trans: TranslationBundle): (word: string) => string {
  const said: Record<string, string> = {
    skip: trans.__('skip: it does not run'),
    queue: trans.__('queue: it waits'),
    cancel: trans.__('cancel: the older run is cancelled'),
    latest: trans.__('latest: only the last one runs'),
    all: trans.__('all: each of them runs')
  };
  return word => said[word] ?? word;
}
