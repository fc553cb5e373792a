import { Empty, useTrans } from '../../components';

/** The tab Pipelines. */
export function Pipelines(): JSX.Element {
  const trans = useTrans();
  return (
    <Empty title={trans.__('No pipelines yet')}>
      <p>{trans.__('Describe one under “pipelines” in mlops.yaml: its steps are notebooks.')}</p>
    </Empty>
  );
}
