import { nullTranslator } from '@jupyterlab/translation';
import { fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';

import type { FormField } from '../../entities';
import { changed, ParametersForm, type Texts } from '../parameters';

const trans = nullTranslator.load('jupyter-mlops');

function field(name: string, more: Partial<FormField> = {}): FormField {
  return { name, kind: 'text', choices: [], text: '', note: '', help: '', ...more };
}

const FIELDS = [
  field('C', { text: '1.0', note: 'float, > 0', help: 'how much to regularise' }),
  field('penalty', { kind: 'choice', choices: ['l1', 'l2'], text: 'l2', note: 'one of these' }),
  field('fast', { kind: 'bool', text: 'False', note: 'bool' })
];

function Form({ wrong = {}, told }: { wrong?: Texts; told: (texts: Texts) => void }): JSX.Element {
  const [texts, setTexts] = useState<Texts>({});
  const onChange = (name: string, text: string): void => {
    setTexts({ ...texts, [name]: text });
    told({ ...texts, [name]: text });
  };
  return (
    <ParametersForm fields={FIELDS} texts={texts} wrong={wrong} onChange={onChange} trans={trans} />
  );
}

it('shows each parameter by its label, with its default, its type and its help', () => {
  render(<Form told={() => undefined} />);
  expect(screen.getByLabelText('C')).toHaveValue('1.0');
  expect(screen.getByLabelText('C')).toHaveAccessibleDescription(
    'float, > 0 how much to regularise'
  );
  expect(screen.getByLabelText('penalty')).toHaveValue('l2');
  expect(screen.getByLabelText('fast')).not.toBeChecked();
});

it('tells what is typed, chosen and ticked as a person would write it', () => {
  let texts: Texts = {};
  render(<Form told={now => (texts = now)} />);
  fireEvent.change(screen.getByLabelText('C'), { target: { value: '0.5' } });
  fireEvent.change(screen.getByLabelText('penalty'), { target: { value: 'l1' } });
  fireEvent.click(screen.getByLabelText('fast'));
  expect(changed(FIELDS, texts)).toEqual({ C: '0.5', penalty: 'l1', fast: 'True' });
});

it('leaves out what is the default again, and what is no field', () => {
  expect(changed(FIELDS, { C: '1.0', fast: 'True', gone: 'x' })).toEqual({ fast: 'True' });
});

it('lets a parameter be empty', () => {
  expect(changed(FIELDS, { C: '' })).toEqual({ C: '' });
});

it('tells what is wrong at its field alone', () => {
  render(<Form told={() => undefined} wrong={{ C: 'parameter C: no number' }} />);
  expect(screen.getByLabelText('C')).toBeInvalid();
  expect(screen.getByLabelText('C')).toHaveAccessibleDescription(/no number/);
  expect(screen.getByLabelText('penalty')).toBeValid();
});

it('keeps a default that is none of the choices', () => {
  const odd = [field('x', { kind: 'choice', choices: ['a'], text: 'f()' })];
  render(
    <ParametersForm fields={odd} texts={{}} wrong={{}} onChange={() => undefined} trans={trans} />
  );
  expect(screen.getByLabelText('x')).toHaveValue('f()');
});
