/** What each node points to; targets without an entry of their own are ignored. */
export type Graph = ReadonlyMap<string, ReadonlySet<string>>

/**
 * The groups of nodes that reach each other, and nodes that point to themselves: the strongly connected components of more than
 * one node, by Tarjan's algorithm (1972). Each is sorted.
 */
export function knots(graph: Graph): readonly (readonly string[])[] {
  const order = new Map<string, number>()
  const low = new Map<string, number>()
  const stack: string[] = []
  const found: string[][] = []

  const visit = (node: string): void => {
    order.set(node, order.size)
    low.set(node, order.size - 1)
    stack.push(node)
    for (const next of graph.get(node) ?? []) {
      if (!graph.has(next)) continue
      if (!order.has(next)) {
        visit(next)
        lower(node, low.get(next))
      } else if (stack.includes(next)) lower(node, order.get(next))
    }
    if (low.get(node) === order.get(node)) close(node)
  }
  const lower = (node: string, to = 0): void => {
    low.set(node, Math.min(low.get(node) ?? 0, to))
  }
  const close = (node: string): void => {
    const group = stack.splice(stack.indexOf(node))
    if (group.length > 1 || graph.get(node)?.has(node)) found.push(group.sort())
  }
  for (const node of graph.keys()) if (!order.has(node)) visit(node)
  return found
}
