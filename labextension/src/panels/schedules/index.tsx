import { Empty, useTrans } from '../../components';

/** The tab Schedules. */
export function Schedules(): JSX.Element {
  const trans = useTrans();
  return (
    <Empty title={trans.__('No schedules yet')}>
      <p>{trans.__('Open a notebook and choose Schedule in its toolbar.')}</p>
    </Empty>
  );
}
