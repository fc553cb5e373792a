import type { RunProgress } from '../../../entities';
import { progressed } from '../live';
import { DEFAULTS, asked, countOf, knownParameters } from '../options';
import { stepRun } from './sample';

describe('options of a run', () => {
  it('are a request, without what was left empty', () => {
    expect(asked(DEFAULTS)).toEqual({
      force: false,
      only: [],
      start: null,
      workers: null,
      parameters: {}
    });
    const typed = [
      { name: ' C ', text: '0.5' },
      { name: '', text: '1' }
    ];
    const options = { ...DEFAULTS, force: true, start: 'train', workers: '2', parameters: typed };
    expect(asked(options)).toMatchObject({ start: 'train', workers: 2, parameters: { C: '0.5' } });
    expect(countOf(options)).toBe(4);
    expect(countOf(DEFAULTS)).toBe(0);
  });

  it('offer the parameters that steps had', () => {
    const steps = [
      stepRun('b', { parameters: { seed: '1' } }),
      stepRun('a', { parameters: { C: '0.1', seed: '2' } })
    ];
    expect(knownParameters(steps)).toEqual([
      { name: 'C', text: '0.1' },
      { name: 'seed', text: '1' }
    ]);
  });
});

describe('a run that goes on', () => {
  const now = (done: number): ReadonlyMap<string, RunProgress> =>
    new Map([
      [
        'r',
        { run_id: 'r', done, cells: 9, cell: null, name: '', began: null, step: '', pipeline: '' }
      ]
    ]);
  const run = {
    pipeline: 'p',
    run: null,
    steps: [stepRun('a', { run_id: 'r', state: 'running', cell: 2, cells: 9 }), stepRun('b')],
    edges: {},
    registered: null,
    exit_code: 0
  };

  it('is as far as the stream says', () => {
    expect(progressed(run, now(5)).steps[0].cell).toBe(5);
    expect(progressed(run, new Map())).toBe(run);
  });

  it('counts the cell with the parameters that are given, as its run does', () => {
    const given = new Map([...now(1)].map(([id, one]) => [id, { ...one, cells: 10 }]));
    expect(progressed(run, given).steps[0]).toMatchObject({ cell: 1, cells: 10 });
  });

  it('does not go back', () => {
    expect(progressed(run, now(1)).steps[0].cell).toBe(2);
  });
});
