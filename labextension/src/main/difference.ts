/** One line of a unified difference; `mark` is what a person reads in front of it. */
export interface IDifferenceLine {
  readonly mark: '+' | '−' | ' ' | '⋯';
  readonly kind: 'added' | 'removed' | 'same' | 'place';
  readonly text: string;
  readonly left: number | null;
  readonly right: number | null;
}

const PLACE = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

/** The lines of a unified difference with their numbers on either side; its two heads are left out. */
export function linesOf(diff: string): IDifferenceLine[] {
  const lines: IDifferenceLine[] = [];
  let left = 1;
  let right = 1;
  for (const line of headless(diff)) {
    const place = PLACE.exec(line);
    if (place) {
      left = Number(place[1]) || 1;
      right = Number(place[3]) || 1;
      if (lines.length) {
        lines.push({ mark: '⋯', kind: 'place', text: '', left: null, right: null });
      }
      continue;
    }
    const text = line.slice(1);
    if (line.startsWith('+')) {
      lines.push({ mark: '+', kind: 'added', text, left: null, right: right++ });
    } else if (line.startsWith('-')) {
      lines.push({ mark: '−', kind: 'removed', text, left: left++, right: null });
    } else if (!line.startsWith('\\')) {
      lines.push({ mark: ' ', kind: 'same', text, left: left++, right: right++ });
    }
  }
  return lines;
}

/** How many lines were added, and removed. */
export function countsOf(lines: readonly IDifferenceLine[]): { added: number; removed: number } {
  const of = (kind: IDifferenceLine['kind']): number =>
    lines.filter(line => line.kind === kind).length;
  return { added: of('added'), removed: of('removed') };
}

function headless(diff: string): string[] {
  const lines = diff.replace(/\n$/, '').split('\n');
  const headed = lines[0]?.startsWith('---') && lines[1]?.startsWith('+++');
  return (headed ? lines.slice(2) : lines).filter((line, at) => line !== '' || at > 0);
}
