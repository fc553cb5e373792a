import { Empty, useTrans } from '../../components';

/** The tab Data. */
export function Data(): JSX.Element {
  const trans = useTrans();
  return (
    <Empty title={trans.__('No datasets yet')}>
      <p>
        {trans.__(
          'Declare one under “datasets” in mlops.yaml, or put %track data FILE into a cell.'
        )}
      </p>
    </Empty>
  );
}
