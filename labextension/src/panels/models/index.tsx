import { Empty, useTrans } from '../../components';

/** The tab Models. */
export function Models(): JSX.Element {
  const trans = useTrans();
  return (
    <Empty title={trans.__('No registered models yet')}>
      <p>{trans.__('Register one when a notebook runs headless.')}</p>
    </Empty>
  );
}
