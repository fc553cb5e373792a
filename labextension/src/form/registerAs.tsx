import type { TranslationBundle } from '@jupyterlab/translation';

import { Row } from './row';

interface IRegisterAsProps {
  text: string;
  wrong: string | undefined;
  onChange: (text: string) => void;
  trans: TranslationBundle;
}

/** The registered model that what a run makes becomes a version of. */
export function RegisterAs({ text, wrong, onChange, trans }: IRegisterAsProps): JSX.Element {
  return (
    <Row
      label={trans.__('Register as')}
      wrong={wrong}
      note={trans.__('A registered model: what the run logged becomes its next version.')}
    >
      {control => (
        <input
          {...control}
          type="text"
          value={text}
          maxLength={300}
          spellCheck={false}
          autoComplete="off"
          onChange={event => onChange(event.target.value)}
        />
      )}
    </Row>
  );
}
