import type { Serde } from '../serde/index.ts'
import type { ChannelDeclaration, TopicDeclaration } from '../topology/index.ts'
import type { Operator } from './operator.ts'

/** Which serdes still fit, because nothing above has made other keys or values. */
export interface KnownSerdes {
  readonly key: Serde<unknown> | undefined
  readonly value: Serde<unknown> | undefined
}

/** What streams use of the app they are declared in. */
export interface StreamBuilder {
  readonly appId: string
  /** Throws where a declaration comes too late. */
  assertOpen(what: string): void
  /** Notes what is wrong, to be reported with everything else when the app starts. */
  report(problem: string): void
  /** A new reading of a source. */
  root(source: TopicDeclaration | ChannelDeclaration): StreamNode
}

/** The reading of a source that a node hangs on. */
export interface StreamOrigin {
  readonly builder: StreamBuilder
  readonly source: TopicDeclaration | ChannelDeclaration
  /** Declares what a branch writes to. */
  addOutput(target: TopicDeclaration | ChannelDeclaration): void
}

/** One step in the tree below a root. A node never changes; it only gets more children while the app is declared. */
export class StreamNode {
  readonly root: StreamOrigin
  readonly parent: StreamNode | undefined
  /** Undefined for the root's own node. */
  readonly operator: Operator | undefined
  readonly serdes: KnownSerdes
  /** Its operator ends a branch: it has effects, and nothing follows. */
  readonly isEnd: boolean
  readonly children: StreamNode[] = []
  /** An agent or a handler reads from here. */
  isRead = false

  constructor(options: {
    readonly root: StreamOrigin
    readonly parent?: StreamNode
    readonly operator?: Operator
    readonly serdes: KnownSerdes
    readonly isEnd?: boolean
  }) {
    this.root = options.root
    this.parent = options.parent
    this.operator = options.operator
    this.serdes = options.serdes
    this.isEnd = options.isEnd ?? false
  }

  /** The operators from the source down to here. */
  path(): readonly Operator[] {
    const path: Operator[] = []
    for (let node: StreamNode | undefined = this; node?.operator !== undefined; node = node.parent)
      path.unshift(node.operator)
    return path
  }
}
