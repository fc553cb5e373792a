import type {
  GateReport,
  GateResult,
  LedgerEntry,
  ModelDetails,
  ModelVersion
} from '../../../entities';

export function versionOf(version: string, values: Partial<ModelVersion> = {}): ModelVersion {
  return {
    name: 'churn',
    version,
    run_id: `run${version}`,
    source: '',
    aliases: [],
    created: '2026-01-01T00:00:00Z',
    metrics: {},
    tags: {},
    ...values
  };
}

export function gateOf(name: string, values: Partial<GateResult> = {}): GateResult {
  return {
    name,
    kind: 'expression',
    status: 'passed',
    message: '',
    details: [],
    evidence: {},
    place: '',
    implied: false,
    key: '',
    judged: null,
    seconds: 0,
    ...values
  };
}

export function reportFor(version: string, results: GateResult[]): GateReport {
  return {
    model: 'churn',
    version,
    alias: 'champion',
    champion: null,
    present: null,
    results,
    run_id: null,
    notes: []
  };
}

export function entryOf(values: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    model: 'churn',
    number: 1,
    action: 'promote',
    alias: 'champion',
    who: 'ada',
    identity: 'system',
    when: '2026-01-02T00:00:00Z',
    from_version: null,
    to_version: '1',
    gates: null,
    gates_run: null,
    overridden: [],
    reason: null,
    host: '',
    registered: null,
    previous: '',
    hash: '',
    ...values
  };
}

export function modelOfChurn(values: Partial<ModelDetails> = {}): ModelDetails {
  return {
    name: 'churn',
    versions: [
      versionOf('2', { metrics: { accuracy: 0.8, loss: 0.3 } }),
      versionOf('1', { aliases: ['champion'], metrics: { accuracy: 0.75, loss: 0.2 } })
    ],
    gates: {},
    listed: null,
    history: {
      model: 'churn',
      entries: [entryOf()],
      aliases: { champion: '1' },
      head: 'abc',
      findings: [],
      notes: []
    },
    closed: {},
    note: '',
    ...values
  };
}
