import type { Cell } from '@jupyterlab/cells';
import { nullTranslator } from '@jupyterlab/translation';
import { Widget } from '@lumino/widgets';

import { Margins } from '../margins';
import type { Records } from '../records';
import type { IShelf } from '../shelf';

const opened = jest.fn(() => true);
const made: { dispose: jest.Mock }[] = [];

jest.mock('../margin', () => ({
  Margin: class {
    constructor() {
      made.push(this);
    }
    dispose = jest.fn();
    open = opened;
  }
}));

it('shows badges as long as they are wanted, of each notebook that is open', () => {
  const panel = new Widget();
  const records = { panel } as unknown as Records;
  const calls: ((records: Records) => void)[] = [];
  const shelf = { current: records, each: calls.push.bind(calls) } as unknown as IShelf;
  const margins = new Margins(shelf, () => undefined, {
    trans: nullTranslator.load('jupyter-mlops'),
    locale: 'en'
  });
  const cell = {} as Cell;
  expect(margins.open(cell)).toBe(false);
  calls[0](records);
  expect(margins.open(cell)).toBe(true);
  expect(margins.open(null)).toBe(false);
  margins.wanted = false;
  expect(made[0].dispose).toHaveBeenCalledTimes(1);
  expect(margins.open(cell)).toBe(false);
  margins.wanted = true;
  expect(made).toHaveLength(2);
  panel.dispose();
  expect(made[1].dispose).toHaveBeenCalledTimes(1);
});
