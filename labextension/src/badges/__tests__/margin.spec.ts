import type { CodeCell } from '@jupyterlab/cells';
import { NotebookModel, type NotebookPanel } from '@jupyterlab/notebook';
import { NBTestUtils } from '@jupyterlab/notebook/lib/testutils';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { act, fireEvent, screen } from '@testing-library/react';

import type { CellBadge } from '../../entities';
import { Margin } from '../margin';
import type { Records } from '../records';

const trans = nullTranslator.load('jupyter-mlops');
const tongue = { trans, locale: 'en' };

const CELLS = ['x = 1', 'y = 2', 'z = 3'].map((text, index) => ({
  cell_type: 'code',
  id: `cell-${index}`,
  source: text,
  metadata: {},
  outputs: [],
  execution_count: null
}));

class Known {
  constructor(readonly panel: NotebookPanel) {}

  readonly changed = new Signal<this, void>(this);
  known: { path: string; tracked: null; cells: CellBadge[] } | null = null;

  put(...cells: CellBadge[]): void {
    this.known = { path: 'n.ipynb', tracked: null, cells };
    this.changed.emit();
  }
}

jest.spyOn(console, 'warn').mockImplementation(() => undefined); // yjs, of a model without its document

let content: ReturnType<typeof NBTestUtils.createNotebook>;
let known: Known;
let margin: Margin;
let opened: string[];

function badge(index: number, more: Partial<CellBadge> = {}): CellBadge {
  const { model } = content.widgets[index];
  return {
    ...{ cell_id: model.id, run_id: 'r1', run: 'train', status: 'ok', duration: 1 },
    ...{ source: model.sharedModel.getSource(), metrics: [], warnings: [] },
    ...more
  };
}

function buttons(): HTMLButtonElement[] {
  return [...content.node.querySelectorAll<HTMLButtonElement>('.jp-MLOps-badgeButton')];
}

async function soon(): Promise<void> {
  await jest.advanceTimersByTimeAsync(400);
}

function source(index: number, text: string): void {
  content.widgets[index].model.sharedModel.setSource(text);
}

beforeEach(async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: false }); // JupyterLab renders on its own
  jest.useFakeTimers();
  content = NBTestUtils.createNotebook();
  const model = new NotebookModel();
  model.fromJSON({ cells: CELLS, metadata: {}, nbformat: 4, nbformat_minor: 5 });
  content.model = model;
  Widget.attach(content, document.body);
  await soon();
  model.dirty = false;
  known = new Known({ content, isDisposed: false } as unknown as NotebookPanel);
  opened = [];
  margin = new Margin(known as unknown as Records, run => opened.push(run), tongue);
});

afterEach(() => {
  margin.dispose();
  content.dispose();
  jest.useRealTimers();
});

it('puts a button beside each cell that is on the record, and touches nothing of the document', async () => {
  const before = JSON.stringify(content.model?.toJSON());
  known.put(badge(0), badge(1, { run: 'other' }));
  await soon();
  expect(buttons().map(button => button.getAttribute('aria-label'))).toEqual([
    'Run train, 1.0 s',
    'Run other, 1.0 s'
  ]);
  expect(content.widgets[2].node.querySelector('button.jp-MLOps-badgeButton')).toBeNull();
  expect(JSON.stringify(content.model?.toJSON())).toBe(before);
  expect(content.model?.dirty).toBe(false);
});

it('is below the input, and stays there while inputs and outputs are folded', async () => {
  known.put(badge(0));
  await soon();
  const [button] = buttons();
  expect(button.closest('.jp-MLOps-badge')?.previousElementSibling).toHaveClass(
    'jp-Cell-inputWrapper'
  );
  const cell = content.widgets[0] as CodeCell;
  cell.outputHidden = true;
  cell.inputHidden = true;
  expect(buttons()).toEqual([button]);
});

it('marks a cell that is edited, and no more once that is undone', async () => {
  known.put(badge(0));
  await soon();
  source(0, 'x = 2');
  await soon();
  expect(buttons()[0]).toHaveClass('jp-mod-unsure');
  expect(buttons()[0]).toHaveTextContent('edited since it ran');
  source(0, 'x = 1');
  await soon();
  expect(buttons()[0]).not.toHaveClass('jp-mod-unsure');
});

it('follows a cell that is moved, and goes with one that is deleted', async () => {
  known.put(badge(0), badge(1, { run: 'other' }));
  await soon();
  content.model?.sharedModel.moveCell(0, 2);
  await soon();
  expect(buttons().map(button => button.textContent)).toEqual([
    expect.stringContaining('other'),
    expect.stringContaining('train')
  ]);
  content.model?.sharedModel.deleteCell(0);
  await soon();
  expect(buttons().map(button => button.textContent)).toEqual([expect.stringContaining('train')]);
});

it('goes with what is known no more, and with the setting', async () => {
  known.put(badge(0), badge(1));
  await soon();
  known.put(badge(1));
  expect(buttons()).toHaveLength(1);
  margin.dispose();
  expect(buttons()).toHaveLength(0);
});

it('opens all that is known of the cell, and from there the run', async () => {
  const accuracy = { name: 'accuracy', value: 0.94, change: 0.01, better: true };
  known.put(badge(0, { metrics: [accuracy], warnings: ['ran after cell 3'] }));
  await soon();
  await act(async () => {
    fireEvent.click(buttons()[0]);
    await soon();
  });
  const dialog = screen.getByRole('dialog');
  expect(buttons()[0]).toHaveAttribute('aria-expanded', 'true');
  expect(screen.getByRole('row', { name: /accuracy 0.94/ })).toHaveTextContent('+0.01 better');
  expect(screen.getByRole('list', { name: 'Warnings' })).toHaveTextContent('ran after cell 3');
  expect(screen.getByRole('button', { name: 'Open run' })).toHaveFocus();
  fireEvent.keyDown(dialog, { key: 'Escape' });
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(buttons()[0]).toHaveFocus();
  await act(async () => {
    expect(margin.open(content.widgets[0])).toBe(true);
    await soon();
  });
  fireEvent.click(screen.getByRole('button', { name: 'Open run' }));
  expect(opened).toEqual(['r1']);
  expect(margin.open(content.widgets[2])).toBe(false);
});

it('shows the others where the record of one cell cannot be told', async () => {
  const told = jest.spyOn(console, 'error').mockImplementation(() => undefined);
  known.put(badge(0, { metrics: null as never }), badge(1, { run: 'other' }));
  await soon();
  expect(buttons().map(button => button.textContent)).toEqual([expect.stringContaining('other')]);
  expect(told).toHaveBeenCalledTimes(1);
  told.mockRestore();
});
