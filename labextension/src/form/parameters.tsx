import type { TranslationBundle } from '@jupyterlab/translation';

import type { FormField } from '../entities';
import { Row, type IControl } from './row';

/** By the name of a field what is typed in it, or what is wrong with that. */
export type Texts = Readonly<Record<string, string>>;

const LONGEST = 1000; // characters
const NUMBER = /\b(int|float|Decimal)\b/;

/** What was typed and is not the default: all that a run has to be told. */
export function changed(fields: readonly FormField[], texts: Texts): Record<string, string> {
  const typed = fields.filter(({ name, text }) => (texts[name] ?? text) !== text);
  return Object.fromEntries(typed.map(({ name }) => [name, texts[name]]));
}

interface IParametersFormProps {
  fields: readonly FormField[];
  /** As typed; a field that is not among them shows its default. */
  texts: Texts;
  wrong: Texts;
  onChange: (name: string, text: string) => void;
  trans: TranslationBundle;
}

/** A notebook's typed parameters, each with the control that suits it. */
export function ParametersForm(props: IParametersFormProps): JSX.Element | null {
  const { fields, texts, wrong, onChange, trans } = props;
  if (!fields.length) {
    return null;
  }
  return (
    <fieldset className="jp-MLOps-form">
      <legend>{trans.__('Parameters')}</legend>
      {fields.map(field => (
        <Row
          key={field.name}
          label={field.name}
          wrong={wrong[field.name]}
          note={<Note field={field} />}
        >
          {control => (
            <Control
              field={field}
              text={texts[field.name] ?? field.text}
              onChange={text => onChange(field.name, text)}
              control={control}
            />
          )}
        </Row>
      ))}
    </fieldset>
  );
}

function Note({ field }: { field: FormField }): JSX.Element {
  return (
    <>
      {field.note && <code>{field.note}</code>} {field.help}
    </>
  );
}

interface IControlProps {
  field: FormField;
  text: string;
  onChange: (text: string) => void;
  control: IControl;
}

function Control({ field, text, onChange, control }: IControlProps): JSX.Element {
  if (field.kind === 'bool' && isBool(field.text) && isBool(text)) {
    return (
      <input
        {...control}
        type="checkbox"
        checked={text === 'True'}
        onChange={event => onChange(event.target.checked ? 'True' : 'False')}
      />
    );
  }
  if (field.kind !== 'text') {
    const known = field.kind === 'bool' ? ['True', 'False'] : field.choices;
    const choices = known.includes(text) ? known : [text, ...known];
    return <Choice choices={choices} text={text} onChange={onChange} control={control} />;
  }
  return (
    <input
      {...control}
      type="text"
      inputMode={NUMBER.test(field.note) ? 'decimal' : 'text'}
      value={text}
      maxLength={LONGEST}
      spellCheck={false}
      autoComplete="off"
      onChange={event => onChange(event.target.value)}
    />
  );
}

function isBool(text: string): boolean {
  return text === 'True' || text === 'False';
}

interface IChoiceProps {
  choices: readonly string[];
  text: string;
  onChange: (text: string) => void;
  control: IControl;
  /** A choice in words; by default as it is. */
  said?: (choice: string) => string;
}

/** One of several texts. */
export function Choice({ choices, text, onChange, control, said }: IChoiceProps): JSX.Element {
  return (
    <select {...control} value={text} onChange={event => onChange(event.target.value)}>
      {choices.map(choice => (
        <option key={choice} value={choice}>
          {said ? said(choice) : choice}
        </option>
      ))}
    </select>
  );
}
