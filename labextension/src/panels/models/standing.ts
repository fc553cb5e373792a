import type {
  GateReport,
  GateResult,
  LedgerEntry,
  ModelDetails,
  ModelVersion
} from '../../entities';

export const CHAMPION = 'champion';
export const CHALLENGER = 'challenger';

/** The tag with who registered a version. */
export const AUTHOR = 'mlops.author';

const MOVES = ['promote', 'override', 'rollback'];

/** Whether the entry tells that an alias was moved. */
export function moves(entry: LedgerEntry): boolean {
  return MOVES.includes(entry.action);
}

/** The entry that moved the alias last; undefined where none did. */
export function lastMove(entries: readonly LedgerEntry[], alias: string): LedgerEntry | undefined {
  return [...entries].reverse().find(entry => moves(entry) && entry.alias === alias);
}

/**
 * The version that a rollback leads back to from `current`: the one before it, or where the alias was moved by
 * other means the one that the ledger had moved it to; null where there is none. What the server does is what
 * counts: this only tells a person beforehand.
 */
export function previous(
  entries: readonly LedgerEntry[],
  alias: string,
  current: string | null
): string | null {
  const line = lineOf(entries, alias);
  if (line[line.length - 1] === current) {
    line.pop();
  }
  return line[line.length - 1] ?? null;
}

/** The versions that the alias came to, one after the other, without those that a rollback went back over. */
function lineOf(entries: readonly LedgerEntry[], alias: string): string[] {
  const line: string[] = [];
  for (const entry of entries.filter(one => moves(one) && one.alias === alias)) {
    const { from_version: before, to_version: after } = entry;
    if (entry.action === 'rollback' && line.includes(after)) {
      line.length = line.lastIndexOf(after) + 1;
      continue;
    }
    if (before !== null && line[line.length - 1] !== before) {
      line.push(before);
    }
    if (line[line.length - 1] !== after) {
      line.push(after);
    }
  }
  return line;
}

/** The version that an alias points at; null where it points at none. */
export function pointedAt(details: ModelDetails, alias: string): string | null {
  const told = details.history?.aliases?.[alias];
  const found = details.versions.find(version => version.aliases.includes(alias));
  return told ?? found?.version ?? null;
}

/** The version to look at first: the newest that is not the champion. */
export function firstChoice(details: ModelDetails): string | null {
  const champion = pointedAt(details, CHAMPION);
  const other = details.versions.find(({ version }) => version !== champion);
  return (other ?? details.versions[0])?.version ?? null;
}

/** What is known of the gates of a version: as judged last, else as they are listed. */
export function reportOf(details: ModelDetails, version: string): GateReport | null {
  return details.gates?.[version] ?? details.listed ?? null;
}

/** The gates that were judged and say no, or cannot be judged. */
export function shut(report: GateReport | null): GateResult[] {
  return (report?.results ?? []).filter(({ status }) => status === 'failed' || status === 'error');
}

/** The gates that were not judged yet. */
export function unjudged(report: GateReport | null): GateResult[] {
  return (report?.results ?? []).filter(({ status }) => status === 'not judged');
}

/** Whose entry let the version in to the alias that it has; undefined where the ledger does not tell. */
export function letInBy(details: ModelDetails, alias: string): LedgerEntry | undefined {
  const last = lastMove(details.history?.entries ?? [], alias);
  return last?.to_version === pointedAt(details, alias) ? last : undefined;
}

/** The ledger's entries on a version, newest first. */
export function entriesOn(
  details: ModelDetails,
  { version, created }: ModelVersion
): LedgerEntry[] {
  return (details.history?.entries ?? [])
    .filter(one => one.to_version === version)
    .filter(one => one.registered === null || one.registered === created)
    .reverse();
}

/** The rejection that closes a version; undefined where nobody rejected it, or somebody approved of it since. */
export function rejection(details: ModelDetails, version: ModelVersion): LedgerEntry | undefined {
  const decided = entriesOn(details, version).find(({ action }) => !MOVES.includes(action));
  return decided?.action === 'reject' ? decided : undefined;
}
