import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';

import { Loaded, useData, useMLOps, useTrans } from '../../components';
import { Markdown } from '../../main/Rendered';

interface ICardProps {
  readonly model: string;
  readonly version: string;
  readonly rendermime: IRenderMimeRegistry;
}

/** The card of a version, sanitised, and what is missing in it. */
export function Card({ model, version, rendermime }: ICardProps): JSX.Element {
  const mlops = useMLOps();
  const trans = useTrans();
  const found = useData(
    signal => mlops.get('/models/{model}/card', { names: { model }, query: { version }, signal }),
    ['models'],
    [model, version]
  );
  return (
    <Loaded from={found}>
      {({ markdown, missing }) => (
        <>
          {missing.length ? (
            <p className="jp-mod-unsure">{trans.__('Missing: %1.', missing.join(', '))}</p>
          ) : null}
          <div className="jp-MLOps-card">
            <Markdown rendermime={rendermime} text={markdown} />
          </div>
        </>
      )}
    </Loaded>
  );
}
