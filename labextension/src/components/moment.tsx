import { useEffect, useState } from 'react';

import type { ITongue } from '../tokens';
import { useMLOps } from './context';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 365 * DAY],
  ['month', 30 * DAY],
  ['week', 7 * DAY],
  ['day', DAY],
  ['hour', HOUR],
  ['minute', MINUTE],
  ['second', 1]
];

/** A moment as seen from now ("5 minutes ago"), told anew as time passes; pointed at, its date and time. */
export function Moment(props: { at: string }): JSX.Element {
  const mlops = useMLOps();
  const at = new Date(props.at);
  const now = useNow(Math.abs(Date.now() - at.getTime()) < HOUR * 1000 ? 10_000 : 60_000);
  return (
    <time dateTime={props.at} title={absolute(at)}>
      {relative(at, now, mlops)}
    </time>
  );
}

/** How long something took, or, where `ended` is null, takes so far. */
export function Duration(
  props: { began: string; ended: string | null } | { seconds: number }
): JSX.Element {
  const mlops = useMLOps();
  const goesOn = 'began' in props && props.ended === null;
  const now = useNow(goesOn ? 1_000 : 0);
  return <span className="jp-MLOps-duration">{span(seconds(props, now), mlops)}</span>;
}

/** This moment, in milliseconds, anew every `pause` of them; 0 is never. */
export function useNow(pause: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (pause > 0) {
      const timer = window.setInterval(() => setNow(Date.now()), pause);
      return () => window.clearInterval(timer);
    }
    return undefined;
  }, [pause]);
  return now;
}

/** "5 minutes ago", "in 2 hours", "now". */
export function relative(at: Date, now: number, { trans, locale }: ITongue): string {
  const passed = (at.getTime() - now) / 1000;
  if (!Number.isFinite(passed) || Math.abs(passed) < 10) {
    return Number.isFinite(passed) ? trans.__('now') : '';
  }
  const [unit, length] = UNITS.find(([, each]) => Math.abs(passed) >= each) ?? ['second', 1];
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  return format.format(Math.trunc(passed / length), unit);
}

/** Date and time, to the second, as the browser's user writes them. */
export function absolute(at: Date): string {
  if (Number.isNaN(at.getTime())) {
    return '';
  }
  return at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** "0.8 s", "12 s", "3 min 5 s", "2 h 10 min", "4 d 3 h". */
export function span(seconds: number, { trans }: ITongue): string {
  if (!Number.isFinite(seconds) || seconds < 0) {
    return '';
  }
  if (seconds < 10) {
    return trans.__('%1 s', seconds.toFixed(1));
  }
  const whole = Math.round(seconds);
  if (whole < MINUTE) {
    return trans.__('%1 s', whole);
  }
  if (whole < HOUR) {
    return trans.__('%1 min %2 s', Math.floor(whole / MINUTE), whole % MINUTE);
  }
  if (whole < DAY) {
    return trans.__('%1 h %2 min', Math.floor(whole / HOUR), Math.floor((whole % HOUR) / MINUTE));
  }
  return trans.__('%1 d %2 h', Math.floor(whole / DAY), Math.floor((whole % DAY) / HOUR));
}

function seconds(
  props: { began: string; ended: string | null } | { seconds: number },
  now: number
): number {
  if ('seconds' in props) {
    return props.seconds;
  }
  const end = props.ended === null ? now : Date.parse(props.ended);
  return Math.max(0, (end - Date.parse(props.began)) / 1000);
}
