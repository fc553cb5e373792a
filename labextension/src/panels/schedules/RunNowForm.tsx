import type { TranslationBundle } from '@jupyterlab/translation';
import { useRef } from 'react';

import { Complaint } from '../../form/complaint';
import { ParametersForm } from '../../form/parameters';
import { useFirstWrong, useForm } from '../../form/use';
import type { RunNowModel } from './running';

interface IProps {
  readonly model: RunNowModel;
  readonly trans: TranslationBundle;
}

/** The parameters of one run of a schedule. */
export function RunNowForm({ model, trans }: IProps): JSX.Element {
  const { fields, texts, wrong, note, problem, hint, refused } = useForm(model);
  const root = useRef<HTMLDivElement>(null);
  useFirstWrong(root, refused);
  return (
    <div ref={root} className="jp-MLOps-form">
      <p className="jp-MLOps-formNote">
        {fields.length
          ? trans.__('What is changed here holds for this run only.')
          : trans.__('It has no parameters that could be changed.')}
      </p>
      {note && <p className="jp-MLOps-formNote">{note}</p>}
      <ParametersForm
        {...{ fields, texts, wrong, trans }}
        onChange={(name, text) => model.type(name, text)}
      />
      <Complaint problem={problem} hint={hint} wrong={wrong} />
    </div>
  );
}
