import type { TranslationBundle } from '@jupyterlab/translation';

import type { GateReport, Work } from '../../entities';
import { goesOn } from '../../model';

/** What a work that has ended found of the gates of a version on its way to champion; null where nothing. */
export function reportIn(work: Work | null, model: string, version: string): GateReport | null {
  if (!work || goesOn(work) || !work.result) {
    return null;
  }
  const result = work.result as { gates?: GateReport | null };
  const report = work.kind === 'GateReport' ? (work.result as unknown as GateReport) : result.gates;
  const isMeant =
    report?.model === model && report.version === version && report.alias === 'champion';
  return isMeant ? report : null;
}

/** What came of a work that has ended; nothing where it failed, which is a problem with a hint. */
export function saidOf(work: Work, trans: TranslationBundle): string[] {
  if (goesOn(work) || work.state === 'failed') {
    return [];
  }
  if (work.state === 'cancelled') {
    return [trans.__('It was cancelled; nothing has changed.')];
  }
  const found = work.result as {
    version?: { version: string };
    entry?: { alias: string };
    notes?: string[];
  } | null;
  const [label, alias] = [work.subject, found?.entry?.alias ?? 'champion'];
  const said: Record<string, string> = {
    gates: trans.__('Every gate lets %1 through.', label),
    promote: trans.__('%1 is the %2 now.', label, alias),
    rollback: trans.__('The %1 is version %2 again.', alias, found?.version?.version ?? ''),
    approve: trans.__('%1 is approved.', label),
    reject: trans.__('%1 is rejected.', label)
  };
  const notes = work.verb === 'gates' ? [] : (found?.notes ?? []);
  return [said[work.verb] ?? '', ...notes].filter(Boolean);
}
