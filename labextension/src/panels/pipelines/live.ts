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
  if (!now || step.state !== 'running' || now.done < step.cell) {
    return step;
  }
  return { ...step, cell: now.done, cells: now.cells || step.cells };
}
