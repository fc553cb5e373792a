import { Moment, useTrans } from '../../components';
import type { DatasetUse } from '../../entities';
import { RunLink } from '../../main/parts';

const SHOWN = 100;

/** The runs that read or wrote a dataset version. */
export function Uses({ uses }: { readonly uses: readonly DatasetUse[] }): JSX.Element {
  const trans = useTrans();
  if (!uses.length) {
    return (
      <p className="jp-mod-quiet">
        {trans.__('No run has read or written it. In a notebook: %track data FILE')}
      </p>
    );
  }
  return (
    <>
      <ul className="jp-MLOps-uses">
        {uses.slice(0, SHOWN).map(({ run_id: run, name, wrote, context, started, named }, at) => (
          <li key={`${run} ${at}`}>
            <RunLink run={run} name={name} />{' '}
            <span className="jp-mod-quiet">
              {wrote
                ? trans.__('wrote it')
                : context
                  ? trans.__('read it as %1', context)
                  : trans.__('read it')}
              {named ? ` (${trans.__('named %1', named)})` : ''}{' '}
              {started ? <Moment at={started} /> : null}
            </span>
          </li>
        ))}
      </ul>
      {uses.length > SHOWN ? (
        <p className="jp-mod-quiet">{trans.__('and %1 more', uses.length - SHOWN)}</p>
      ) : null}
    </>
  );
}
