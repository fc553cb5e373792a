import type { TranslationBundle } from '@jupyterlab/translation';

import type {
  CellStatus,
  GateStatus,
  RunStatus,
  SlotStatus,
  StepState,
  WorkState
} from '../entities';
import { useTrans } from './context';

export type AnyStatus = RunStatus | CellStatus | StepState | SlotStatus | GateStatus | WorkState;

export type Tone = 'plain' | 'brand' | 'good' | 'unsure' | 'bad';

const SIGNS: Readonly<Record<AnyStatus, readonly [sign: string, tone: Tone]>> = {
  SCHEDULED: ['○', 'plain'],
  RUNNING: ['▶', 'brand'],
  FINISHED: ['✓', 'good'],
  FAILED: ['✗', 'bad'],
  KILLED: ['■', 'bad'],
  'not judged': ['…', 'plain'],
  'not run': ['–', 'plain'],
  'timed out': ['■', 'bad'],
  cached: ['≡', 'good'],
  cancelled: ['■', 'unsure'],
  coalesced: ['⇥', 'plain'],
  done: ['✓', 'good'],
  due: ['○', 'plain'],
  error: ['!', 'bad'],
  failed: ['✗', 'bad'],
  finished: ['✓', 'good'],
  killed: ['■', 'bad'],
  ok: ['✓', 'good'],
  passed: ['✓', 'good'],
  ran: ['✓', 'plain'],
  running: ['▶', 'brand'],
  skipped: ['»', 'plain'],
  stale: ['≠', 'unsure'],
  waiting: ['○', 'plain']
};

/** A status as its sign and tone, for what draws it itself. */
export function signOf(status: AnyStatus): readonly [sign: string, tone: Tone] {
  return SIGNS[status] ?? ['?', 'plain'];
}

/** A status in words. */
export function statusWord(status: AnyStatus, trans: TranslationBundle): string {
  const words: Readonly<Record<AnyStatus, string>> = {
    SCHEDULED: trans.__('scheduled'),
    RUNNING: trans.__('running'),
    FINISHED: trans.__('finished'),
    FAILED: trans.__('failed'),
    KILLED: trans.__('killed'),
    'not judged': trans.__('not judged'),
    'not run': trans.__('not run'),
    'timed out': trans.__('timed out'),
    cached: trans.__('cached'),
    cancelled: trans.__('cancelled'),
    coalesced: trans.__('coalesced'),
    done: trans.__('done'),
    due: trans.__('due'),
    error: trans.__('error'),
    failed: trans.__('failed'),
    finished: trans.__('finished'),
    killed: trans.__('killed'),
    ok: trans.__('ok'),
    passed: trans.__('passed'),
    ran: trans.__('ran'),
    running: trans.__('running'),
    skipped: trans.__('skipped'),
    stale: trans.__('stale'),
    waiting: trans.__('waiting')
  };
  return words[status] ?? status;
}

/**
 * A status of a run, cell, step, slot, gate or work: a sign, never colour alone, and its word, which with
 * `brief` only screen readers and those who point at it are told.
 */
export function Status(props: { of: AnyStatus; brief?: boolean }): JSX.Element {
  const trans = useTrans();
  const [sign, tone] = signOf(props.of);
  const word = statusWord(props.of, trans);
  return (
    <span className={`jp-MLOps-status jp-mod-${tone}`} title={props.brief ? word : undefined}>
      <span className="jp-MLOps-sign" aria-hidden="true">
        {sign}
      </span>
      <span className={props.brief ? 'jp-MLOps-unseen' : undefined}>{word}</span>
    </span>
  );
}
