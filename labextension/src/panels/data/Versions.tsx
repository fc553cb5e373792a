import { useState } from 'react';

import { Moment, useTrans } from '../../components';
import type { DatasetVersion } from '../../entities';
import { useExecute } from '../../main/commands';
import { bytesText } from '../../components/numbers';
import { DataCommandIDs } from './commands';
import { countText, labelOf } from './texts';

interface IVersionsProps {
  readonly versions: readonly DatasetVersion[];
  readonly chosen: number | null;
  onChoose(version: number): void;
}

const SHOWN = 50;

/** The versions of a dataset, newest first: one is looked at, two are compared. */
export function Versions({ versions, chosen, onChoose }: IVersionsProps): JSX.Element {
  const trans = useTrans();
  const [compared, setCompared] = useState<readonly number[]>([]);
  const [all, setAll] = useState(false);
  const shown = all ? versions : versions.slice(0, SHOWN);
  const toggle = (number: number, on: boolean): void =>
    // the one that was ticked first gives way to a third
    setCompared([...compared.filter(one => one !== number), ...(on ? [number] : [])].slice(-2));
  return (
    <>
      {versions.length > 1 ? <Compare versions={versions} compared={compared} /> : null}
      <ul className="jp-MLOps-versionList" aria-label={trans.__('Versions')}>
        {shown.map(version => (
          <VersionItem
            key={version.number ?? version.digest}
            version={version}
            isChosen={version.number === chosen}
            isCompared={compared.includes(version.number ?? 0)}
            isAlone={versions.length < 2}
            onChoose={() => onChoose(version.number ?? 0)}
            onCompare={on => toggle(version.number ?? 0, on)}
          />
        ))}
      </ul>
      {versions.length > shown.length ? (
        <button type="button" className="jp-MLOps-button" onClick={() => setAll(true)}>
          {trans.__('Show all %1 versions', versions.length)}
        </button>
      ) : null}
    </>
  );
}

interface ICompareProps {
  readonly versions: readonly DatasetVersion[];
  readonly compared: readonly number[];
}

function Compare({ versions, compared }: ICompareProps): JSX.Element {
  const trans = useTrans();
  const execute = useExecute();
  const isReady = compared.length === 2;
  const open = (command: string): void => {
    // the older one is what is changed from
    const [left, right] = [...compared]
      .sort((a, b) => a - b)
      .map(number => labelOf({ name: versions[0].name, number }));
    execute(command, { left, right });
  };
  const button = (command: string, label: string, told: string): JSX.Element => (
    <button
      type="button"
      className="jp-MLOps-button"
      disabled={!isReady}
      title={isReady ? told : trans.__('Tick two versions')}
      onClick={() => open(command)}
    >
      {label}
    </button>
  );
  return (
    <div className="jp-MLOps-bar">
      {button(DataCommandIDs.diffData, trans.__('Diff'), trans.__('What separates the two'))}
      {button(
        DataCommandIDs.drift,
        trans.__('Drift'),
        trans.__('How far the newer one lies from the older one')
      )}
      <span className="jp-mod-quiet" role="status">
        {isReady
          ? [...compared]
              .sort((a, b) => a - b)
              .map(number => `@${number}`)
              .join(' → ')
          : trans.__('Tick two versions to compare them.')}
      </span>
    </div>
  );
}

interface IVersionItemProps {
  readonly version: DatasetVersion;
  readonly isChosen: boolean;
  readonly isCompared: boolean;
  readonly isAlone: boolean;
  onChoose(): void;
  onCompare(on: boolean): void;
}

function VersionItem(props: IVersionItemProps): JSX.Element {
  const { version, isChosen, isCompared, isAlone, onChoose, onCompare } = props;
  const trans = useTrans();
  const { number, rows, size, created, tags } = version;
  const label = labelOf(version);
  return (
    <li className={isChosen ? 'jp-mod-chosen' : ''}>
      {isAlone ? null : (
        <input
          type="checkbox"
          checked={isCompared}
          aria-label={trans.__('Compare %1', label)}
          onChange={event => onCompare(event.target.checked)}
        />
      )}
      <div>
        <button
          type="button"
          className="jp-MLOps-link"
          aria-current={isChosen ? 'true' : undefined}
          aria-label={trans.__('Show %1', label)}
          onClick={onChoose}
        >
          @{number}
        </button>{' '}
        <span className="jp-MLOps-dotted">
          {rows === null ? null : (
            <span>{trans._n('%2 row', '%2 rows', rows, countText(rows))}</span>
          )}
          {size === null ? null : <span>{bytesText(size)}</span>}
          {created ? <Moment at={created} /> : null}
        </span>
        <Tags tags={tags ?? {}} />
      </div>
    </li>
  );
}

/** Tags as names with values. */
function Tags({ tags }: { readonly tags: Readonly<Record<string, string>> }): JSX.Element | null {
  const entries = Object.entries(tags);
  return entries.length ? (
    <ul className="jp-MLOps-tags">
      {entries.map(([name, value]) => (
        <li key={name}>
          <span className="jp-mod-quiet">{name}</span> {value}
        </li>
      ))}
    </ul>
  ) : null;
}
