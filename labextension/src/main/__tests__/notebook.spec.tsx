import { RenderMimeRegistry, standardRendererFactories } from '@jupyterlab/rendermime';
import { screen, waitFor, within } from '@testing-library/react';
import axe from 'axe-core';

import { modelOf, settle, shown } from '../../__tests__/served';
import type { CellRecord } from '../../entities';
import { ExecutedNotebook } from '../ExecutedNotebook';
import { fenced, languageOf, shownCells } from '../cells';

const EVIL = '<b>bold</b><script>document.title = "owned"</script><img src=x onerror=alert(1)>';

function code(id: string, source: string, outputs: unknown[] = []): unknown {
  return {
    cell_type: 'code',
    id,
    metadata: { trusted: true },
    source,
    outputs,
    execution_count: 1
  };
}

const MARKER = {
  cell_type: 'markdown',
  id: 'anchor',
  metadata: { tags: ['papermill-error-cell-tag'] },
  source: '<span>Execution using papermill encountered an exception</span>'
};

const NOTEBOOK = {
  cells: [
    { cell_type: 'markdown', id: 'm', metadata: {}, source: ['# Title\n', EVIL] },
    code('a', 'show()', [
      { output_type: 'display_data', metadata: {}, data: { 'text/html': EVIL, 'text/plain': 'x' } },
      { output_type: 'display_data', metadata: {}, data: { 'application/javascript': 'alert(1)' } }
    ]),
    MARKER,
    code('b', '1 / 0', [
      {
        output_type: 'error',
        ename: 'ZeroDivisionError',
        evalue: 'no',
        traceback: ['\u001b[31mno']
      }
    ])
  ],
  metadata: { language_info: { name: 'python' } },
  nbformat: 4,
  nbformat_minor: 5
};

function record(index: number, change: Partial<CellRecord>): CellRecord {
  return {
    index,
    cell_id: null,
    source: '',
    digest: '',
    status: 'ok',
    execution_count: 1,
    started: '2026-05-01T12:00:00Z',
    ended: '2026-05-01T12:00:02Z',
    error: null,
    traceback: null,
    peak_memory: null,
    outputs_size: null,
    carried_from: null,
    ...change
  };
}

const RECORDS = [record(1, {}), record(2, { cell_id: 'b', status: 'failed' })];

it('counts cells as the journal does, without those that tell of the failure', () => {
  const cells = shownCells(NOTEBOOK, RECORDS, 3);
  expect(cells.map(cell => [cell.number, cell.type, cell.record?.status, cell.failed])).toEqual([
    [1, 'markdown', undefined, false],
    [2, 'code', 'ok', false],
    [3, 'code', 'failed', true]
  ]);
});

it.each([{}, { cells: 'x' }, { cells: [{}] }])('makes do with %p', notebook => {
  expect(() => shownCells(notebook, [], null)).not.toThrow();
  expect(languageOf(notebook)).toBe('python');
});

it('fences source that has fences in it', () => {
  expect(fenced('a ```` b', 'python')).toBe('`````python\na ```` b\n`````');
});

it('shows what a notebook left behind, and runs nothing of it', async () => {
  const rendermime = new RenderMimeRegistry({ initialFactories: standardRendererFactories });
  const executed = { run_id: 'r', name: 'train.ipynb', notebook: NOTEBOOK, cell: 3 };
  const { container } = shown(
    modelOf(() => undefined),
    <ExecutedNotebook
      executed={executed}
      records={RECORDS}
      rendermime={rendermime}
      wanted={null}
      turn={0}
    />
  );
  await settle();
  const failed = screen.getByRole('region', { name: 'Cell 3, which failed' });
  await waitFor(() => expect(failed).toHaveTextContent('no'));
  expect(within(failed).getByText('failed')).toBeVisible();
  await waitFor(() => expect(container.querySelector('b')).toHaveTextContent('bold'));
  expect(container.querySelector('script, [onerror]')).toBeNull();
  expect(container).toHaveTextContent('An output is not shown here');
  expect(container).not.toHaveTextContent('papermill');
  expect(document.title).not.toBe('owned');
  expect(container.querySelector('textarea, [contenteditable="true"], .cm-editor')).toBeNull();
  const rules = { 'color-contrast': { enabled: false } };
  expect((await axe.run(container, { rules })).violations).toEqual([]);
});
