import type { PipelineRun, RunProgress, StepRun } from '../../entities';

/** The run with its steps as far as they are by the stream, which tells that sooner than the store. */
export function progressed(
  run: PipelineRun,
  progress: ReadonlyMap<string, RunProgress>
): PipelineRun {
  if (!run.steps.some(step => progress.has(step.run_id))) {
    return run;
  }
  return { ...run, steps: run.steps.map(step => stepNow(step, progress.get(step.run_id))) };
}

function stepNow(step: StepRun, now: RunProgress | undefined): StepRun {
  if (!now || step.state !== 'running') {
    return step;
  }
  // of its cells one more are counted than of the step's, where it has one with the parameters that are given
  const isLess = now.cells === step.cells && now.done < step.cell;
  return isLess || !now.cells ? step : { ...step, cell: now.done, cells: now.cells };
}
