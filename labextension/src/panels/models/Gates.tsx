import { Duration, Moment, signOf, useTrans } from '../../components';
import type { GateReport, GateResult } from '../../entities';
import { Facts, RunLink } from '../../main/parts';
import { gateWord } from './words';

/** The gates of a version, each with what it said and by what it was judged. */
export function Gates({ report }: { readonly report: GateReport | null }): JSX.Element {
  const trans = useTrans();
  if (!report?.results.length) {
    return <p className="jp-mod-quiet">{trans.__('No gates stand before this alias.')}</p>;
  }
  return (
    <>
      <ul className="jp-MLOps-gates" aria-label={trans.__('Gates')}>
        {report.results.map(gate => (
          <GateRow key={gate.name} gate={gate} />
        ))}
      </ul>
      {report.notes.map(note => (
        <p key={note} className="jp-mod-quiet">
          {note}
        </p>
      ))}
    </>
  );
}

function GateRow({ gate }: { readonly gate: GateResult }): JSX.Element {
  const trans = useTrans();
  const [sign, tone] = signOf(gate.status);
  const facts = Object.entries(gate.evidence ?? {});
  const isFold = facts.length > 0 || gate.details.length > 0 || gate.judged !== null;
  const told = (
    <>
      <span className="jp-MLOps-gateName">{gate.name}</span>{' '}
      <span className={`jp-MLOps-gateState jp-mod-${tone}`}>{gateWord(gate.status, trans)}</span>
      {gate.implied ? (
        <>
          {' '}
          <span
            className="jp-MLOps-pill"
            title={trans.__('It stands in no mlops.yaml: it holds for every such version')}
          >
            {trans.__('implied')}
          </span>
        </>
      ) : null}
      {gate.message ? <span className="jp-MLOps-gateMessage">{gate.message}</span> : null}
    </>
  );
  return (
    <li>
      <span className={`jp-MLOps-sign jp-mod-${tone}`} aria-hidden="true">
        {sign}
      </span>
      {isFold ? (
        <details>
          <summary title={trans.__('What it was judged by')}>{told}</summary>
          <Evidence gate={gate} facts={facts} />
        </details>
      ) : (
        <div>{told}</div>
      )}
    </li>
  );
}

interface IEvidenceProps {
  readonly gate: GateResult;
  readonly facts: readonly (readonly [string, string])[];
}

function Evidence({ gate, facts }: IEvidenceProps): JSX.Element {
  const trans = useTrans();
  return (
    <>
      {gate.details.length ? (
        <ul className="jp-MLOps-gateLines">
          {gate.details.map((line, at) => (
            <li key={at}>{line}</li>
          ))}
        </ul>
      ) : null}
      <Facts
        facts={[
          ...facts.map(([name, value]) => [name, <Value key={name} text={value} />] as const),
          [trans.__('stands in'), gate.place],
          [trans.__('judged'), gate.judged ? <Moment at={gate.judged} /> : null],
          [trans.__('took'), gate.seconds >= 0.1 ? <Duration seconds={gate.seconds} /> : null]
        ]}
      />
    </>
  );
}

/** A digest in short; what is the id of a run leads to that. */
function Value({ text }: { readonly text: string }): JSX.Element {
  return /^[0-9a-f]{32}$/.test(text) ? (
    <RunLink run={text} />
  ) : (
    <span title={text}>{brief(text)}</span>
  );
}

function brief(text: string): string {
  return /^[0-9a-f]{40,64}$/.test(text) ? text.slice(0, 12) : text;
}
