import type { RunPipeline, StepRun } from '../../entities';

/** A parameter as typed. */
export interface Typed {
  readonly name: string;
  readonly text: string;
}

/** What is asked of a run beside that it runs. */
export interface Options {
  readonly force: boolean;
  readonly only: readonly string[];
  readonly start: string;
  readonly workers: string;
  readonly parameters: readonly Typed[];
}

export const DEFAULTS: Options = { force: false, only: [], start: '', workers: '', parameters: [] };

/** The words of a request. */
export function asked({ force, only, start, workers, parameters }: Options): RunPipeline {
  const typed = parameters.filter(({ name }) => name.trim());
  return {
    force,
    only: [...only],
    start: start || null,
    workers: workers.trim() ? Number(workers) : null,
    parameters: Object.fromEntries(typed.map(({ name, text }) => [name.trim(), text]))
  };
}

/** How many of them are not as by default. */
export function countOf(options: Options): number {
  const { parameters, ...others } = asked(options);
  const chosen = [others.force, others.only?.length, others.start, others.workers];
  return chosen.filter(Boolean).length + Object.keys(parameters ?? {}).length;
}

/** Names of parameters that steps had, with a value of each, to choose from. */
export function knownParameters(steps: readonly StepRun[]): Typed[] {
  const found = new Map<string, string>();
  for (const step of steps) {
    for (const [name, text] of Object.entries(step.parameters ?? {})) {
      found.set(name, found.get(name) ?? text);
    }
  }
  return [...found]
    .map(([name, text]) => ({ name, text }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
