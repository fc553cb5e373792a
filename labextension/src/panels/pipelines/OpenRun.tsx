import { useTrans } from '../../components';
import { useExecute } from '../../main/commands';
import { CommandIDs } from '../../tokens';

/** Opens a run in a tab; `of` says whose it is. */
export function OpenRun(props: { readonly run: string; readonly of: string }): JSX.Element {
  const trans = useTrans();
  const execute = useExecute();
  return (
    <button
      type="button"
      className="jp-MLOps-button"
      aria-label={trans.__('Open the run of %1', props.of)}
      onClick={() => execute(CommandIDs.openRun, { run: props.run })}
    >
      {trans.__('Open run')}
    </button>
  );
}
