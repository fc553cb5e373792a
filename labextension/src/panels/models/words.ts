import type { TranslationBundle } from '@jupyterlab/translation';

import type { GateReport, GateResult, GateStatus, LedgerEntry } from '../../entities';
import { moves, shut, unjudged } from './standing';

/** The word of a gate's state. */
export function gateWord(status: GateStatus, trans: TranslationBundle): string {
  const words: Record<GateStatus, string> = {
    passed: trans.__('passed'),
    failed: trans.__('failed'),
    error: trans.__('cannot be judged'),
    skipped: trans.__('skipped'),
    'not judged': trans.__('not judged')
  };
  return words[status];
}

const FOREMOST: readonly GateStatus[] = ['failed', 'error', 'not judged', 'passed', 'skipped'];

/** What all gates said, such as `1 failed, 7 passed`. */
export function gatesText(report: GateReport | null, trans: TranslationBundle): string {
  const results = report?.results ?? [];
  const count = (status: GateStatus): number =>
    results.filter(result => result.status === status).length;
  return countsText(count, trans) || trans.__('no gates');
}

/** The same of gates that the server counts: `7 passed, 1 failed`. */
export function gatesTextIn(text: string, trans: TranslationBundle): string {
  const count = (status: GateStatus): number =>
    Number(new RegExp(`(\\d+) ${status}`).exec(text)?.[1] ?? 0);
  return countsText(count, trans) || text || trans.__('not judged');
}

function countsText(count: (status: GateStatus) => number, trans: TranslationBundle): string {
  return FOREMOST.filter(status => count(status) > 0)
    .map(status => `${count(status)} ${gateWord(status, trans)}`)
    .join(', ');
}

/** The state of all gates: that of the one which matters most; null where there are none. */
export function foremost(report: GateReport | null): GateStatus | null {
  const found = new Set((report?.results ?? []).map(({ status }) => status));
  return FOREMOST.find(status => found.has(status)) ?? null;
}

/** That of gates which are told in words only: `7 passed, 1 failed`. */
export function foremostIn(text: string): GateStatus | null {
  return FOREMOST.find(status => text.includes(status)) ?? null;
}

/** What keeps a version from an alias as far as its gates are known; '' where nothing does. */
export function whyNot(report: GateReport | null, trans: TranslationBundle): string {
  const closed = shut(report);
  const said = closed.slice(0, 3).map(result => closedText(result, trans));
  if (closed.length > 3) {
    said.push(trans.__('%1 more are closed.', closed.length - 3));
  }
  const waiting = unjudged(report).length;
  if (waiting) {
    const all = report?.results.length ?? 0;
    said.push(
      trans._n(
        '%1 of %2 gates is not judged yet.',
        '%1 of %2 gates are not judged yet.',
        waiting,
        all
      )
    );
  }
  return said.join(' ');
}

function closedText({ name, status, message }: GateResult, trans: TranslationBundle): string {
  const text =
    status === 'error' ? trans.__('“%1” cannot be judged', name) : trans.__('“%1” says no', name);
  return message ? `${text}: ${message.replace(/\.$/, '')}.` : `${text}.`;
}

/** What an entry of the ledger tells, such as `promote to champion`. */
export function actionText(entry: LedgerEntry, trans: TranslationBundle): string {
  switch (entry.action) {
    case 'promote':
      return trans.__('promoted to %1', entry.alias);
    case 'override':
      return trans.__('promoted to %1 by override', entry.alias);
    case 'rollback':
      return trans.__('%1 rolled back', entry.alias);
    case 'approve':
      return trans.__('approved');
    case 'reject':
      return trans.__('rejected');
  }
}

/** The version, or where it came from and to. */
export function versionText(entry: LedgerEntry, trans: TranslationBundle): string {
  if (!moves(entry)) {
    return entry.to_version;
  }
  return `${entry.from_version ?? trans.__('none')} → ${entry.to_version}`;
}

/** Who it was, and what vouches for that. */
export function whoText({ who, identity }: Pick<LedgerEntry, 'who' | 'identity'>): string {
  return identity ? `${who} (${identity})` : who;
}
