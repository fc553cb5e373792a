import { Empty, useTrans } from '../../components';

/** The tab Runs. */
export function Runs(): JSX.Element {
  const trans = useTrans();
  return (
    <Empty title={trans.__('No runs yet')}>
      <p>
        {trans.__(
          'Run a notebook headless with the button in its toolbar, or put %track start into a cell.'
        )}
      </p>
    </Empty>
  );
}
