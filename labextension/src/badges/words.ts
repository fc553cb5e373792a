import type { TranslationBundle } from '@jupyterlab/translation';

import { span } from '../components/moment';
import { numberOf, numberText, signedText } from '../components/numbers';
import { signOf, statusWord, type Tone } from '../components/status';
import type { CellBadge, MetricChange } from '../entities';
import type { ITongue } from '../tokens';

const LONG = 24; // characters of a run's name
const SHORT = 0.095; // seconds

/** What a badge says; `name` is what it is called where it is not seen. */
export interface ISaid {
  run: string;
  duration: string;
  metric: ISaidMetric | null;
  /** Of the warnings the gist. */
  warning: string;
  warnings: readonly string[];
  mark: string;
  tone: Tone;
  name: string;
}

export interface ISaidMetric {
  text: string;
  change: string;
  better: boolean | null;
}

/** A badge in words; `source` is the cell's source now. */
export function say(badge: CellBadge, source: string, tongue: ITongue): ISaid {
  const { trans } = tongue;
  const edited = isEdited(badge, source) ? [trans.__('edited since it ran')] : [];
  const order = badge.status === 'not run' ? trans.__('skipped over') : trans.__('out of order');
  const warnings = [...edited, ...badge.warnings];
  const [first] = badge.metrics;
  const metric = first ? sayMetric(first, trans) : null;
  const run = short(badge.run || badge.run_id);
  const duration = badge.duration === null ? '' : took(badge.duration, tongue);
  const status = badge.status === 'ok' ? '' : statusWord(badge.status, trans);
  const more = badge.metrics.length - 1;
  const [sign, tone] = signOf(badge.status);
  const isMarked = warnings.length > 0 && tone !== 'bad';
  const words = [
    trans.__('Run %1', run),
    status,
    duration,
    metric ? `${metric.text} ${metric.change}`.trim() : '',
    more > 0 ? trans._n('%1 more metric', '%1 more metrics', more) : '',
    ...warnings
  ];
  return {
    ...{ run, metric, warnings },
    ...(isMarked ? { mark: '⚠', tone: 'unsure' } : { mark: sign, tone }),
    warning: [...edited, ...(badge.warnings.length ? [order] : [])].join(', '),
    duration: [status, duration].filter(Boolean).join(' · '),
    name: words.filter(Boolean).join(', ')
  };
}

/** Whether the cell holds something else than what ran; blanks at its end are the same. */
export function isEdited(badge: CellBadge, source: string): boolean {
  return badge.status !== 'not run' && badge.source.trimEnd() !== source.trimEnd();
}

/** A metric with its change against the run before, with its sign and in a word. */
export function sayMetric(metric: MetricChange, trans: TranslationBundle): ISaidMetric {
  const { name, value, better } = metric;
  const text = `${name} ${numberText(value, 4)}`;
  const change = numberOf(metric.change);
  if (change === null || Number.isNaN(change)) {
    return { text, change: '', better: null };
  }
  if (change === 0) {
    return { text, change: trans.__('unchanged'), better: null };
  }
  const word = better === null ? '' : better ? trans.__('better') : trans.__('worse');
  return { text, change: `${signedText(change)} ${word}`.trim(), better };
}

/** How long a cell took. */
export function took(seconds: number, tongue: ITongue): string {
  return seconds < SHORT ? tongue.trans.__('under 0.1 s') : span(seconds, tongue);
}

function short(name: string): string {
  return name.length > LONG ? `${name.slice(0, LONG - 1)}…` : name;
}
