import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { Empty, Loaded, useData, useMLOps, useTrans } from '../components';
import { ModelPage, type Part } from '../panels/models/ModelPage';
import { PipelinePage } from '../panels/pipelines/PipelinePage';
import type { IMLOps } from '../tokens';
import { Page } from './widgets';

/** One pipeline. */
export class PipelineTab extends Page {
  constructor(mlops: IMLOps, args: { readonly pipeline: string; readonly project: string }) {
    const { pipeline } = args;
    super(mlops, args, () => <PipelineView name={pipeline} />);
    this.title.label = pipeline;
    this.title.caption = mlops.trans.__('Pipeline %1', pipeline);
  }
}

function PipelineView({ name }: { readonly name: string }): JSX.Element {
  const mlops = useMLOps();
  const trans = useTrans();
  const pipelines = useData(
    signal => mlops.get('/pipelines', { signal }),
    ['pipelines', 'config'],
    [mlops.project]
  );
  return (
    <div className="jp-MLOps-main">
      <Loaded from={pipelines}>
        {found => {
          const summary = found.find(one => one.name === name);
          return summary ? (
            <PipelinePage summary={summary} />
          ) : (
            <Empty title={trans.__('There is no pipeline %1 in mlops.yaml any more.', name)} />
          );
        }}
      </Loaded>
    </div>
  );
}

/** One registered model. */
export class ModelTab extends Page {
  constructor(
    mlops: IMLOps,
    args: { readonly model: string; readonly project: string },
    rendermime: IRenderMimeRegistry
  ) {
    const { model } = args;
    const shown: IShown = { version: undefined, part: undefined, turn: 0 };
    const title: { tell: () => void } = { tell: () => undefined };
    const choose = (version: string): void => {
      shown.version = version;
      title.tell();
    };
    super(mlops, args, () => (
      <div className="jp-MLOps-main jp-MLOps-mainModel">
        <ModelPage
          key={shown.turn}
          name={model}
          {...shown}
          rendermime={rendermime}
          onChoose={choose}
        />
      </div>
    ));
    this._shown = shown;
    // with the title it is noted what brings the page back
    title.tell = () => {
      this.title.caption = shown.version
        ? mlops.trans.__('Model %1, version %2', model, shown.version)
        : mlops.trans.__('Model %1', model);
    };
    this._tell = title.tell;
    this.title.label = model;
    this._tell();
  }

  override get args(): ReadonlyPartialJSONObject {
    const { version, part } = this._shown;
    return { ...super.args, version, part };
  }

  /** Look at that version, with that part unfolded. */
  look(version: string | undefined, part: Part | undefined): void {
    Object.assign(this._shown, { version, part, turn: this._shown.turn + 1 });
    this._tell();
    this.update();
  }

  private readonly _shown: IShown;
  private readonly _tell: () => void;
}

interface IShown {
  version: string | undefined;
  part: Part | undefined;
  /** Another one has it shown anew. */
  turn: number;
}
