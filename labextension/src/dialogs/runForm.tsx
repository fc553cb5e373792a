import type { TranslationBundle } from '@jupyterlab/translation';
import { useId, useRef } from 'react';

import { Complaint } from '../form/complaint';
import { ParametersForm } from '../form/parameters';
import { RegisterAs } from '../form/registerAs';
import { Row } from '../form/row';
import { useFirstWrong, useForm } from '../form/use';
import type { RunModel } from './run';

interface IProps {
  model: RunModel;
  trans: TranslationBundle;
}

/** All that a headless run is told. */
export function RunForm({ model, trans }: IProps): JSX.Element {
  const { fields, texts, wrong, note, registerAs, problem, hint, refused } = useForm(model);
  const root = useRef<HTMLDivElement>(null);
  useFirstWrong(root, refused);
  return (
    <div ref={root} className="jp-MLOps-form">
      <p className="jp-MLOps-formNote">
        {trans.__('The saved file runs from top to bottom in a kernel of its own, on the record.')}
      </p>
      {note && <p className="jp-MLOps-formNote">{note}</p>}
      <ParametersForm
        {...{ fields, texts, wrong, trans }}
        onChange={(name, text) => model.type(name, text)}
      />
      {model.isChanged && (
        <button
          type="button"
          className="jp-MLOps-button jp-MLOps-reset"
          onClick={() => model.reset()}
        >
          {trans.__('Back to the notebook’s own')}
        </button>
      )}
      <Experiment model={model} trans={trans} />
      <RegisterAs
        text={registerAs}
        wrong={wrong[':register_as']}
        onChange={text => model.update({ registerAs: text }, ':register_as')}
        trans={trans}
      />
      <Complaint problem={problem} hint={hint} wrong={wrong} />
    </div>
  );
}

function Experiment({ model, trans }: IProps): JSX.Element {
  const { experiment, experiments, wrong } = useForm(model);
  const known = useId();
  return (
    <Row label={trans.__('Experiment')} wrong={wrong[':experiment']}>
      {control => (
        <>
          <input
            {...control}
            type="text"
            list={known}
            value={experiment}
            placeholder={trans.__('the notebook’s own, else the project’s')}
            maxLength={200}
            spellCheck={false}
            autoComplete="off"
            onChange={event => model.update({ experiment: event.target.value }, ':experiment')}
          />
          <datalist id={known}>
            {experiments.map(name => (
              <option key={name} value={name} />
            ))}
          </datalist>
        </>
      )}
    </Row>
  );
}
