import type { TranslationBundle } from '@jupyterlab/translation';

import { statusWord } from '../../components';
import type { PipelineRun, StepRun, StepState } from '../../entities';
import type { Edge } from './layering';

/** A step with all points of its grid. */
export interface Node {
  readonly name: string;
  readonly points: readonly StepRun[];
  /** That of the point which matters most: one that failed, else one that runs. */
  readonly state: StepState;
  /** The names of the steps that it comes after. */
  readonly after: readonly string[];
}

/** The nodes in topological order, and the edges as pairs of places among them. */
export interface Graph {
  readonly nodes: readonly Node[];
  readonly edges: readonly Edge[];
}

// what a grid is said to be: the first of these that one of its points is
const FOREMOST: readonly StepState[] = [
  'failed',
  'running',
  'cancelled',
  'waiting',
  'stale',
  'not run',
  'finished',
  'cached',
  'skipped'
];

const DONE: readonly StepState[] = ['finished', 'cached'];

/** Steps and points as nodes; a step that comes after one which is not there comes after nothing. */
export function fold(steps: readonly StepRun[], edges: PipelineRun['edges'] = {}): Graph {
  const points = new Map<string, StepRun[]>();
  for (const step of steps) {
    points.set(step.step, [...(points.get(step.step) ?? []), step]);
  }
  const known = new Map(
    [...points.keys()].map(name => [name, (edges[name] ?? []).filter(up => points.has(up))])
  );
  const order = topological(known);
  const places = new Map(order.map((name, place) => [name, place]));
  return {
    nodes: order.map(name => nodeOf(name, points.get(name) ?? [], known.get(name) ?? [])),
    edges: order.flatMap((name, place) =>
      (known.get(name) ?? []).map((up): Edge => [places.get(up) ?? 0, place])
    )
  };
}

function nodeOf(name: string, points: readonly StepRun[], after: readonly string[]): Node {
  const states = new Set(points.map(point => point.state));
  const state = FOREMOST.find(one => states.has(one)) ?? 'not run';
  return { name, points, after, state };
}

/** Names such that each comes after those it is mapped to; an edge that closes a circle is passed over. */
function topological(before: ReadonlyMap<string, readonly string[]>): string[] {
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (!seen.has(name)) {
      seen.add(name);
      (before.get(name) ?? []).forEach(visit);
      order.push(name);
    }
  };
  [...before.keys()].forEach(visit);
  return order;
}

/** Its state in a few words: `running, cell 3 of 9`, `1 failed, 2 finished`. */
export function toldOf(node: Node, trans: TranslationBundle): string {
  if (node.points.length === 1) {
    return pointTold(node.points[0], trans);
  }
  return FOREMOST.map(
    state => [state, node.points.filter(point => point.state === state).length] as const
  )
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${statusWord(state, trans)}`)
    .join(', ');
}

function pointTold(point: StepRun, trans: TranslationBundle): string {
  const word = statusWord(point.state, trans);
  return point.state === 'running' && point.cells
    ? trans.__('%1, cell %2 of %3', word, cellOf(point), point.cells)
    : word;
}

/** The cell that runs, from 1. */
export function cellOf(point: Pick<StepRun, 'cell' | 'cells'>): number {
  return Math.min(point.cell + 1, point.cells);
}

/** Of a grid: by what it varies, and over how many points, such as `C: 3 points`; else ''. */
export function gridText(node: Node, trans: TranslationBundle): string {
  if (node.points.length < 2) {
    return '';
  }
  const points = trans._n('%1 point', '%1 points', node.points.length);
  const names = gridNames(node);
  return names.length ? `${names.join(', ')}: ${points}` : points;
}

/** `C=0.1, penalty=l2` tells the names; `C=1` of one point and `C=2` of another are one name. */
function gridNames(node: Node): string[] {
  const names = node.points.flatMap(({ point }) =>
    [...point.matchAll(/(?:^|[,\s])([^\s,=]+)=/g)].map(found => found[1])
  );
  return [...new Set(names)];
}

/** The share of its work that is done, from 0 to 1; null where it does not run. */
export function shareOf(node: Node): number | null {
  if (!node.points.some(point => point.state === 'running')) {
    return null;
  }
  const shares: number[] = node.points.map(point => {
    if (point.state === 'running') {
      return point.cells ? point.cell / point.cells : 0;
    }
    return point.state === 'waiting' ? 0 : 1;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** How far all of it is, such as `2 of 3 steps done, 1 running`; a grid is one step. */
export function summaryOf(points: readonly StepRun[], trans: TranslationBundle): string {
  const steps = fold(points).nodes;
  const done = steps.filter(({ state }) => DONE.includes(state)).length;
  const others = FOREMOST.filter(state => !DONE.includes(state))
    .map(state => [state, steps.filter(step => step.state === state).length] as const)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${statusWord(state, trans)}`);
  return [trans.__('%1 of %2 steps done', done, steps.length), ...others].join(', ');
}

/** How many would run, and how many are cached: of a pipeline that was only looked at. */
export function planOf(points: readonly StepRun[], trans: TranslationBundle): string {
  const steps = fold(points).nodes;
  const stale = steps.filter(({ state }) => state === 'stale').length;
  if (!stale) {
    return trans.__('Nothing to run: every step is cached.');
  }
  return trans.__('A run would run %1 of %2 steps.', stale, steps.length);
}

/** The parameters that a run was asked for: `C = 1, rate = 0.5`; '' where there were none. */
export function askedText({ asked = {} }: Pick<PipelineRun, 'asked'>): string {
  return Object.entries(asked)
    .map(([name, text]) => `${name} = ${text}`)
    .join(', ');
}

/** `what is wrong (how to mend it)`, as the server tells of a pipeline that cannot run, in two. */
export function problemIn(text: string): { message: string; hint: string } {
  const [, message, hint] = /^(.+) \(([^()]+)\)$/s.exec(text) ?? [text, text, ''];
  return { message, hint };
}
