/** The names of the metrics to show first: the one that is asked for, then those of evaluation. */
export function leading(metrics: Readonly<Record<string, number>>, asked: string): string[] {
  const rank = (name: string): number =>
    name === asked ? 0 : /^(training_|system\/)/.test(name) ? 2 : 1;
  return Object.keys(metrics).sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}
