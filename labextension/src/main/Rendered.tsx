import type * as nbformat from '@jupyterlab/nbformat';
import { MimeModel, OutputModel, type IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Widget } from '@lumino/widgets';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';

import { useTrans } from '../components';
import { fenced } from './cells';

interface IRenderedProps {
  readonly rendermime: IRenderMimeRegistry;
  readonly mime: string;
  readonly model: IRenderMime.IMimeModel;
}

/** What JupyterLab makes of data that nobody trusts: markup is sanitised, and no script runs. */
function Rendered({ rendermime, mime, model }: IRenderedProps): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const [problem, setProblem] = useState('');
  useLayoutEffect(() => {
    const place = host.current;
    if (!place) {
      return;
    }
    const renderer = rendermime.createRenderer(mime);
    if (place.isConnected) {
      Widget.attach(renderer, place);
    } else {
      place.append(renderer.node);
    }
    renderer
      .renderModel(model)
      .then(() => focusable(place))
      .catch((error: unknown) => setProblem(String(error)));
    return () => {
      renderer.dispose();
      renderer.node.remove();
    };
  }, [rendermime, mime, model]);
  return (
    <>
      <div ref={host} className="jp-MLOps-rendered" data-mime-type={mime} />
      {problem ? <p className="jp-mod-quiet">{problem}</p> : null}
    </>
  );
}

interface IOutputProps {
  readonly rendermime: IRenderMimeRegistry;
  readonly output: nbformat.IOutput;
}

/** One output of a cell. */
export function Output({ rendermime, output }: IOutputProps): JSX.Element {
  const trans = useTrans();
  const model = useMemo(() => new OutputModel({ value: output, trusted: false }), [output]);
  const mime = rendermime.preferredMimeType(model.data, 'ensure');
  if (!mime) {
    const kinds = Object.keys(model.data).join(', ');
    return (
      <p className="jp-mod-quiet">
        {trans.__('An output is not shown here, since it would have to be trusted: %1', kinds)}
      </p>
    );
  }
  return <Rendered rendermime={rendermime} mime={mime} model={model} />;
}

interface ITextProps {
  readonly rendermime: IRenderMimeRegistry;
  readonly text: string;
}

export function Markdown({ rendermime, text }: ITextProps): JSX.Element {
  const model = useMemo(
    () => new MimeModel({ data: { 'text/markdown': text }, trusted: false }),
    [text]
  );
  return <Rendered rendermime={rendermime} mime="text/markdown" model={model} />;
}

/** Source in the colours of its language, where JupyterLab knows that. */
export function Source(props: ITextProps & { readonly language: string }): JSX.Element {
  const { rendermime, text, language } = props;
  if (!rendermime.markdownParser) {
    return <pre className="jp-MLOps-source">{text}</pre>;
  }
  return (
    <div className="jp-MLOps-source">
      <Markdown rendermime={rendermime} text={fenced(text, language)} />
    </div>
  );
}

/** What has more than it shows must scroll by keyboard, too. */
function focusable(place: HTMLElement): void {
  if (place.scrollHeight > place.clientHeight || place.scrollWidth > place.clientWidth) {
    place.tabIndex = 0;
  }
}
