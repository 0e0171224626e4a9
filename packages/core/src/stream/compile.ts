import type { ScopedEvent } from '../topology/index.ts'
import { eventOf, fanOut, type Link } from './link.ts'
import type { Operator } from './operator.ts'
import type { StreamNode } from './stream-node.ts'

/** A compiled stream: works on one event; returns nothing when done at once, else a promise. */
export type CompiledStream = (event: ScopedEvent) => void | Promise<void>

/** Operators in a row in front of code that takes the event they make. */
export function compileChain(operators: readonly Operator[], terminal: CompiledStream): CompiledStream {
  if (operators.length === 0) return terminal
  let link: Link = (key, value, event) => terminal(eventOf(key, value, event))
  for (const operator of operators.toReversed()) link = operator.link(link)
  return entry(link)
}

/** Everything below a root, shared steps once. Branches run in the order in which they were declared. */
export function compileTree(root: StreamNode): CompiledStream {
  return entry(fanOut(root.children.filter(leadsToEnd).map(linkOf)))
}

function linkOf(node: StreamNode): Link {
  return node.operator!.link(fanOut(node.children.filter(leadsToEnd).map(linkOf)))
}

/** Whether a step has to run: what only agents and handlers read, they run themselves. */
export function leadsToEnd(node: StreamNode): boolean {
  return node.isEnd || node.children.some(leadsToEnd)
}

function entry(link: Link): CompiledStream {
  return (event) => link(event.key, event.value, event)
}
