import type * as nbformat from '@jupyterlab/nbformat';

import type { CellRecord } from '../entities';

/** Papermill's tag of the cells that it adds where a run stopped; the page says that itself. */
const MARKER = 'papermill-error-cell-tag';

/** A cell of an executed notebook as it is shown. */
export interface IShownCell {
  readonly key: string;
  /** From 1, as the journal counts. */
  readonly number: number;
  readonly type: 'code' | 'markdown' | 'raw';
  readonly source: string;
  readonly outputs: readonly nbformat.IOutput[];
  readonly count: number | null;
  readonly record: CellRecord | null;
  readonly failed: boolean;
  readonly tags: readonly string[];
}

/** The cells to show, each with what the journal says of it; `failing` is a place in the notebook. */
export function shownCells(
  notebook: Readonly<Record<string, unknown>>,
  records: readonly CellRecord[],
  failing: number | null
): IShownCell[] {
  const cells = Array.isArray(notebook.cells) ? (notebook.cells as Partial<nbformat.ICell>[]) : [];
  const byId = new Map(records.flatMap(one => (one.cell_id ? [[one.cell_id, one] as const] : [])));
  const byPlace = new Map(records.map(record => [record.index, record]));
  const shown: IShownCell[] = [];
  cells.forEach((cell, place) => {
    const tags = tagsOf(cell);
    if (tags.includes(MARKER)) {
      return;
    }
    const number = shown.length + 1;
    const id = typeof cell.id === 'string' ? cell.id : null;
    const record = (id ? byId.get(id) : undefined) ?? byPlace.get(number - 1) ?? null;
    const code = cell.cell_type === 'code';
    shown.push({
      key: id ?? `place ${place}`,
      number,
      type: code ? 'code' : cell.cell_type === 'markdown' ? 'markdown' : 'raw',
      source: textOf(cell.source),
      outputs: code && Array.isArray(cell.outputs) ? (cell.outputs as nbformat.IOutput[]) : [],
      count: typeof cell.execution_count === 'number' ? cell.execution_count : null,
      record: code ? record : null,
      failed: place === failing,
      tags
    });
  });
  return shown;
}

/** The name of the language that the cells are in, as a code block of Markdown takes it. */
export function languageOf(notebook: Readonly<Record<string, unknown>>): string {
  const metadata = (notebook.metadata ?? {}) as Partial<nbformat.INotebookMetadata>;
  const name = metadata.language_info?.name ?? metadata.kernelspec?.language ?? 'python';
  return typeof name === 'string' ? name.replace(/[^\w+#.-]/g, '') : 'python';
}

/** A code block of Markdown that holds this source, whatever is in it. */
export function fenced(source: string, language: string): string {
  const longest = Math.max(2, ...(source.match(/`+/g) ?? []).map(run => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${source}\n${fence}`;
}

function tagsOf(cell: Partial<nbformat.ICell>): string[] {
  const tags: unknown = cell.metadata?.tags;
  return Array.isArray(tags) ? tags.filter((tag): tag is string => typeof tag === 'string') : [];
}

function textOf(source: unknown): string {
  return Array.isArray(source) ? source.join('') : typeof source === 'string' ? source : '';
}
