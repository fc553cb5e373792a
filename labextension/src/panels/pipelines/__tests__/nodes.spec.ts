import { nullTranslator } from '@jupyterlab/translation';

import { draw } from '../drawing';
import { arrange } from '../layering';
import { fold, gridText, planOf, shareOf, summaryOf, toldOf } from '../nodes';
import { stepRun } from './sample';

const trans = nullTranslator.load('jupyter-mlops');

const DIAMOND = { left: ['top'], right: ['top'], end: ['left', 'right', 'top'] };
const STEPS = ['end', 'left', 'right', 'top'].map(name => stepRun(name));

describe('fold', () => {
  it('puts each step after those that it needs', () => {
    const { nodes, edges } = fold(STEPS, DIAMOND);
    expect(nodes.map(node => node.name)).toEqual(['top', 'left', 'right', 'end']);
    expect(edges.every(([up, down]) => up < down)).toBe(true);
    expect(edges).toHaveLength(5);
  });

  it('passes over steps that are not there, and circles', () => {
    expect(fold([stepRun('a')], { a: ['gone'] }).edges).toEqual([]);
    expect(fold([stepRun('a'), stepRun('b')], { a: ['b'], b: ['a'] }).nodes).toHaveLength(2);
  });

  it('makes one node of the points of a grid, in the state that matters most', () => {
    const points = [
      stepRun('train', { point: 'C=0.1', state: 'finished' }),
      stepRun('train', { point: 'C=1', state: 'running', cell: 2, cells: 4 }),
      stepRun('train', { point: 'C=10', state: 'finished' })
    ];
    const [node] = fold(points).nodes;
    expect(node.state).toBe('running');
    expect(gridText(node, trans)).toBe('C: 3 points');
    expect(toldOf(node, trans)).toBe('1 running, 2 finished');
    expect(shareOf(node)).toBeCloseTo(2.5 / 3);
    points[2] = { ...points[2], state: 'failed' };
    expect(fold(points).nodes[0].state).toBe('failed');
  });
});

describe('words', () => {
  it('tells the cell that runs', () => {
    const running = fold([stepRun('train', { state: 'running', cell: 2, cells: 9 })]).nodes[0];
    expect(toldOf(running, trans)).toBe('running, cell 3 of 9');
    const last = fold([stepRun('train', { state: 'running', cell: 9, cells: 9 })]).nodes[0];
    expect(toldOf(last, trans)).toBe('running, cell 9 of 9');
  });

  it('tells how far a run is, and what one would do', () => {
    const steps = [
      stepRun('a', { state: 'cached' }),
      stepRun('b', { state: 'failed' }),
      stepRun('c', { state: 'not run' })
    ];
    expect(summaryOf(steps, trans)).toBe('1 of 3 steps done, 1 failed, 1 not run');
    const grid = [1, 2].map(C => stepRun('train', { point: `C=${C}`, state: 'stale' }));
    expect(planOf([steps[0], ...grid], trans)).toBe('A run would run 1 of 2 steps.');
    expect(planOf([steps[0]], trans)).toContain('every step is cached');
  });
});

describe('layers', () => {
  it('never lay two spots of a layer over each other, and lead edges onward', () => {
    let seed = 7;
    const random = (most: number): number => (seed = (seed * 48271) % 2147483647) % most;
    for (let round = 0; round < 40; round += 1) {
      const count = 1 + random(14);
      const edges = Array.from(
        { length: random(20) },
        () => [random(count), random(count)] as const
      )
        .filter(([a, b]) => a < b)
        .filter(([a, b], at, all) => all.findIndex(([c, d]) => a === c && b === d) === at);
      const layers = arrange(new Array<number>(count).fill(50), edges, { gap: 16, lane: 9 });
      for (const layer of layers) {
        layer.slice(1).forEach((spot, at) => {
          const free = spot.at - spot.size / 2 - (layer[at].at + layer[at].size / 2);
          expect(free).toBeGreaterThanOrEqual(16 - 1e-6);
        });
        layer.forEach(spot => spot.after.forEach(next => expect(next.layer).toBe(spot.layer + 1)));
      }
      const nodes = layers.flat().filter(spot => spot.node !== null);
      expect(nodes).toHaveLength(count);
    }
  });

  it('of a diamond cross nothing', () => {
    const graph = fold(STEPS, DIAMOND);
    const layers = arrange([50, 50, 50, 50], graph.edges, { gap: 16, lane: 9 });
    expect(layers.map(layer => layer.filter(spot => spot.node !== null).length)).toEqual([1, 2, 1]);
  });
});

describe('a drawing', () => {
  const graph = fold(STEPS, DIAMOND);
  const wanted = graph.nodes.map(() => 150);

  it('goes from left to right where there is room, else from top to bottom', () => {
    const wide = draw(graph, wanted, 1000);
    const narrow = draw(graph, wanted, 300);
    const topOf = (drawing: typeof wide, node: number) =>
      drawing.boxes.find(box => box.node === node);
    expect(topOf(wide, 3)?.left).toBeGreaterThan(300);
    expect(topOf(narrow, 3)?.top).toBeGreaterThan(100);
    expect(narrow.width).toBeLessThanOrEqual(300);
    expect(wide.lines).toHaveLength(5);
  });

  it('keeps all boxes inside', () => {
    for (const width of [100, 300, 600, 1000]) {
      const drawing = draw(graph, wanted, width);
      for (const box of drawing.boxes) {
        expect(box.left).toBeGreaterThanOrEqual(0);
        expect(box.left + box.width).toBeLessThanOrEqual(drawing.width);
        expect(box.top + box.height).toBeLessThanOrEqual(drawing.height);
      }
    }
  });

  it('of nothing is empty', () => {
    expect(draw({ nodes: [], edges: [] }, [], 300)).toMatchObject({ boxes: [], lines: [] });
  });
});
