import { useMemo, useRef, type KeyboardEvent } from 'react';

import { signOf, useTrans } from '../../components';
import { useWidth } from '../../main/width';
import { draw, type Box } from './drawing';
import { gridText, shareOf, toldOf, type Graph, type Node } from './nodes';

interface IGraphProps {
  readonly graph: Graph;
  readonly chosen: string | null;
  onChoose(step: string): void;
}

const NARROW = 300; // pixels, until it is known how wide the place is
const LETTER = 7.4; // pixels of a letter of a name, in a wide font
const BESIDE = 36; // pixels of a box beside the letters

/** The steps of a pipeline and what follows on what: a button for each step, in topological order. */
export function StepGraph({ graph, chosen, onChoose }: IGraphProps): JSX.Element {
  const trans = useTrans();
  const place = useRef<HTMLDivElement>(null);
  const width = useWidth(place) || NARROW;
  const drawing = useMemo(() => {
    const wanted = graph.nodes.map(node => longestText(node, trans) * LETTER + BESIDE);
    return draw(graph, wanted, width);
  }, [graph, width, trans]);
  const boxes = [...drawing.boxes].sort((a, b) => a.node - b.node);
  return (
    <div ref={place} className="jp-MLOps-dag">
      <div className="jp-MLOps-dagPage" style={{ width: drawing.width, height: drawing.height }}>
        <svg width={drawing.width} height={drawing.height} aria-hidden="true" focusable="false">
          {drawing.lines.map(({ from, to, path, tip }) => (
            <g
              key={`${from} ${to}`}
              data-edge={`${graph.nodes[from].name} ${graph.nodes[to].name}`}
            >
              <path className="jp-MLOps-dagEdge" d={path} />
              <path className="jp-MLOps-dagTip" d={tip} />
            </g>
          ))}
        </svg>
        <ol aria-label={trans.__('Steps, in the order in which they run')} onKeyDown={move}>
          {boxes.map(box => (
            <StepBox
              key={graph.nodes[box.node].name}
              node={graph.nodes[box.node]}
              box={box}
              isChosen={graph.nodes[box.node].name === chosen}
              onChoose={onChoose}
            />
          ))}
        </ol>
      </div>
    </div>
  );
}

interface IStepBoxProps {
  readonly node: Node;
  readonly box: Box;
  readonly isChosen: boolean;
  onChoose(step: string): void;
}

function StepBox({ node, box, isChosen, onChoose }: IStepBoxProps): JSX.Element {
  const trans = useTrans();
  const told = toldOf(node, trans);
  const grid = gridText(node, trans);
  const share = shareOf(node);
  const [sign, tone] = signOf(node.state);
  const { left, top, width, height } = box;
  const kinds = [
    `jp-mod-${tone}`,
    `jp-mod-${node.state.replace(' ', '-')}`,
    grid ? 'jp-mod-grid' : ''
  ];
  return (
    <li style={{ left, top, width, height }}>
      <button
        type="button"
        className={`jp-MLOps-dagStep ${kinds.join(' ')}`}
        aria-pressed={isChosen}
        aria-label={[node.name, grid, told].filter(Boolean).join(', ')}
        title={[node.name, grid, told].filter(Boolean).join(' · ')}
        onClick={() => onChoose(node.name)}
      >
        <span className="jp-MLOps-dagName">
          <span className="jp-MLOps-dagSign" aria-hidden="true">
            {sign}
          </span>
          <span>{node.name}</span>
        </span>
        {grid ? <span className="jp-MLOps-dagTold">{grid}</span> : null}
        <span className="jp-MLOps-dagTold">{told}</span>
        {share === null ? null : (
          <span className="jp-MLOps-dagShare" style={{ width: `${Math.round(share * 100)}%` }} />
        )}
      </button>
    </li>
  );
}

/** Arrow keys go from step to step, as Tab does, Home and End to the first and the last. */
function move(event: KeyboardEvent<HTMLElement>): void {
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const here = buttons.indexOf(event.target as HTMLButtonElement);
  const places: Record<string, number> = {
    ArrowDown: here + 1,
    ArrowRight: here + 1,
    ArrowUp: here - 1,
    ArrowLeft: here - 1,
    Home: 0,
    End: buttons.length - 1
  };
  if (here >= 0 && event.key in places) {
    event.preventDefault();
    buttons[Math.max(0, Math.min(buttons.length - 1, places[event.key]))].focus();
  }
}

// not of what is told now: a box must not move when its state changes
function longestText(node: Node, trans: ReturnType<typeof useTrans>): number {
  const least = node.points.length > 1 ? 20 : 17;
  return Math.max(node.name.length, gridText(node, trans).length - 2, least);
}
