import { Loaded, useData, useMLOps, useTrans } from '../../components';
import { DiffParts } from '../../main/DiffView';

interface IChangesProps {
  readonly model: string;
  readonly version: string;
  readonly champion: string;
}

/** What a version has otherwise than the champion, which is the left side. */
export function Changes({ model, version, champion }: IChangesProps): JSX.Element {
  const mlops = useMLOps();
  const trans = useTrans();
  const found = useData(
    signal => mlops.get('/models/{model}/diff', { names: { model }, query: { version }, signal }),
    [],
    [model, version, champion]
  );
  const names = [trans.__('champion, version %1', champion), trans.__('version %1', version)];
  return <Loaded from={found}>{diff => <DiffParts diff={diff} names={names} />}</Loaded>;
}
