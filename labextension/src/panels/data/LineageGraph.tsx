import { useMemo, useRef } from 'react';

import { Loaded, useData, useMLOps, useTrans } from '../../components';
import type { Lineage, LineageNode } from '../../entities';
import { useExecute } from '../../main/commands';
import { OpenCommandIDs } from '../../main/openCommands';
import { Table } from '../../main/parts';
import { useWidth } from '../../main/width';
import { CommandIDs } from '../../tokens';
import { draw } from '../pipelines/drawing';
import { DataCommandIDs } from './commands';
import { linksOf, ordered } from './lineage';

const MOST = 60; // nodes that are drawn
const LETTER = 7.4; // pixels of a letter of a name, in a wide font
const BESIDE = 40; // pixels of a box beside the letters
const ROWS = 200;
const SIGNS: Readonly<Record<LineageNode['kind'], string>> = {
  dataset: '▤',
  run: '▶',
  model: '◆'
};

interface ILineageProps {
  readonly dataset: string;
  readonly version: number;
}

/** What led to a dataset version, and what came of it. */
export function LineageOf({ dataset, version }: ILineageProps): JSX.Element {
  const mlops = useMLOps();
  const trans = useTrans();
  const lineage = useData(
    signal =>
      mlops.get('/datasets/{dataset}/lineage', {
        names: { dataset },
        query: { version },
        signal
      }),
    ['data', 'models'],
    [dataset, version]
  );
  return (
    <Loaded from={lineage}>
      {found =>
        found.links.length ? (
          <LineageGraph lineage={found} />
        ) : (
          <p className="jp-mod-quiet">
            {trans.__('No run has read or written it. In a notebook: %track data FILE')}
          </p>
        )
      }
    </Loaded>
  );
}

/** A button for each dataset version, run and model version, and lines between them. */
export function LineageGraph({ lineage }: { readonly lineage: Lineage }): JSX.Element {
  const trans = useTrans();
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place);
  const { nodes, graph } = useMemo(() => ordered(lineage), [lineage]);
  const drawing = useMemo(
    () =>
      draw(
        graph,
        nodes.map(
          ({ name, detail }) => Math.max(name.length, detail.length * 0.9) * LETTER + BESIDE
        ),
        width || 300
      ),
    [graph, nodes, width]
  );
  const boxes = [...drawing.boxes].sort((a, b) => a.node - b.node);
  return (
    <>
      <div ref={place} className="jp-MLOps-dag">
        {nodes.length > MOST ? (
          <p>{trans.__('%1 nodes are too many to be drawn.', nodes.length)}</p>
        ) : (
          <div
            className="jp-MLOps-dagPage"
            style={{ width: drawing.width, height: drawing.height }}
          >
            <svg width={drawing.width} height={drawing.height} aria-hidden="true" focusable="false">
              {drawing.lines.map(({ from, to, path, tip }) => (
                <g key={`${from} ${to}`}>
                  <path className="jp-MLOps-dagEdge" d={path} />
                  <path className="jp-MLOps-dagTip" d={tip} />
                </g>
              ))}
            </svg>
            <ol aria-label={trans.__('What led to it, and what came of it')}>
              {boxes.map(({ node, left, top, width, height }) => (
                <li key={nodes[node].key} style={{ left, top, width, height }}>
                  <NodeButton node={nodes[node]} lineage={lineage} />
                </li>
              ))}
            </ol>
          </div>
        )}
      </div>
      <Links lineage={lineage} />
    </>
  );
}

interface INodeProps {
  readonly node: LineageNode;
  readonly lineage: Lineage;
}

function NodeButton({ node, lineage }: INodeProps): JSX.Element {
  const trans = useTrans();
  const execute = useExecute();
  const { key, kind, name, detail } = node;
  const kinds = { dataset: trans.__('dataset'), run: trans.__('run'), model: trans.__('model') };
  const isStart = key === lineage.start;
  const label = kind === 'dataset' && key.includes('@') ? key : name;
  const open = (): void => {
    const at = key.lastIndexOf('@');
    if (kind === 'run') {
      execute(CommandIDs.openRun, { run: key });
    } else if (kind === 'dataset') {
      const [dataset, version] = at < 0 ? [key, ''] : [key.slice(0, at), key.slice(at + 1)];
      execute(DataCommandIDs.openDataset, { dataset, version });
    } else {
      const [model, version] = [key.slice('model:'.length, at), key.slice(at + 1)];
      execute(OpenCommandIDs.openModel, { model, version });
    }
  };
  return (
    <button
      type="button"
      className={`jp-MLOps-dagStep jp-MLOps-lineage-${kind}`}
      aria-current={isStart ? 'true' : undefined}
      aria-label={[kinds[kind], label, detail, linksOf(lineage, key)].filter(Boolean).join(', ')}
      title={[label, detail || kinds[kind]].join(' · ')}
      onClick={open}
    >
      <span className="jp-MLOps-dagName">
        <span className="jp-MLOps-dagSign" aria-hidden="true">
          {SIGNS[kind]}
        </span>
        <span>{label}</span>
      </span>
      <span className="jp-MLOps-dagTold">{detail || kinds[kind]}</span>
    </button>
  );
}

function Links({ lineage }: { readonly lineage: Lineage }): JSX.Element {
  const trans = useTrans();
  const { links, nodes } = lineage;
  const names = new Map(nodes.map(({ key, kind, name }) => [key, kind === 'run' ? name : key]));
  return (
    <details className="jp-MLOps-fold">
      <summary>{trans.__('As a table')}</summary>
      <Table
        label={trans.__('Links')}
        columns={[
          { title: trans.__('From') },
          { title: trans.__('How') },
          { title: trans.__('To') }
        ]}
        rows={links
          .slice(0, ROWS)
          .map(({ source, label, target }) => [
            names.get(source) ?? source,
            label,
            names.get(target) ?? target
          ])}
      />
      {links.length > ROWS ? <p>{trans.__('and %1 more', links.length - ROWS)}</p> : null}
    </details>
  );
}
