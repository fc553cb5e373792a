import type { Lineage, LineageNode } from '../../entities';
import type { Graph } from '../pipelines/nodes';

/** What led to something and what came of it, as a graph that can be drawn. */
export interface IOrdered {
  /** Those first that others come from. */
  readonly nodes: readonly LineageNode[];
  readonly graph: Graph;
}

/** The nodes in topological order; a link that would close a circle is left out of the graph. */
export function ordered({ nodes, links }: Lineage): IOrdered {
  const known = new Map(nodes.map(node => [node.key, node]));
  const before = new Map<string, Set<string>>(nodes.map(node => [node.key, new Set<string>()]));
  for (const { source, target } of links) {
    if (known.has(source) && known.has(target) && !leads(before, source, target)) {
      before.get(target)?.add(source);
    }
  }
  const order: string[] = [];
  const seen = new Set<string>();
  const visit = (key: string): void => {
    if (!seen.has(key)) {
      seen.add(key);
      before.get(key)?.forEach(visit);
      order.push(key);
    }
  };
  before.forEach((_, key) => visit(key));
  const places = new Map(order.map((key, place) => [key, place]));
  return {
    nodes: order.flatMap(key => known.get(key) ?? []),
    graph: {
      nodes: order.map(name => ({ name, points: [], after: [], state: 'not run' })),
      edges: order.flatMap((key, place) =>
        [...(before.get(key) ?? [])].map(up => [places.get(up) ?? 0, place] as const)
      )
    }
  };
}

/** Whether `start` comes, by however many steps, after `end`, or is the same. */
function leads(
  before: ReadonlyMap<string, ReadonlySet<string>>,
  start: string,
  end: string
): boolean {
  const seen = new Set([start]);
  for (const key of seen) {
    if (key === end) {
      return true;
    }
    before.get(key)?.forEach(up => seen.add(up));
  }
  return false;
}

/** How a node came to be and where it went, in words: "wrote b@1; read a@1 as training". */
export function linksOf({ links, nodes }: Lineage, key: string): string {
  const names = new Map(nodes.map(node => [node.key, node.name]));
  return links
    .filter(link => link.source === key || link.target === key)
    .map(
      ({ source, label, target }) =>
        `${names.get(source) ?? source} ${label} ${names.get(target) ?? target}`
    )
    .join('; ');
}
