import type { ChannelDeclaration, ConsumerDeclaration, ErrorPolicy, TopicDeclaration } from '../topology/index.ts'
import { compileTree, leadsToEnd } from './compile.ts'
import { type StreamBuilder, StreamNode, type StreamOrigin } from './stream-node.ts'

/** How the branches of a stream are run. */
export interface StreamOptions {
  /** Shown in errors, sensors and drawings. @default the name of its source, numbered where that is taken */
  readonly name?: string
  /** What a record meets that failed in one of the branches. @default stop() */
  readonly onError?: ErrorPolicy
  /** How many keys at once, where callbacks are asynchronous; 1: one event after the other. @default 1 */
  readonly concurrency?: number
}

type Target = TopicDeclaration | ChannelDeclaration

/** One reading of one source, with all branches that hang on it. */
export class StreamRoot implements StreamOrigin {
  readonly builder: StreamBuilder
  readonly name: string
  readonly source: Target
  readonly node: StreamNode
  readonly #options: StreamOptions
  readonly #outputs = new Map<string, Target>()

  constructor(builder: StreamBuilder, name: string, source: Target, options: StreamOptions) {
    this.builder = builder
    this.name = name
    this.source = source
    this.#options = options
    const { key, value } = source.kind === 'topic' ? source : { key: undefined, value: undefined }
    this.node = new StreamNode({ root: this, serdes: { key, value } })
  }

  addOutput(target: Target): void {
    this.#outputs.set(`${target.kind} ${target.name}`, target)
  }

  /** Undefined where all that is read of this root is read by agents and handlers, which are consumers of their own. */
  consumer(): ConsumerDeclaration | undefined {
    if (!leadsToEnd(this.node)) return undefined
    return {
      name: this.name,
      kind: 'stream',
      source: this.source,
      tables: [],
      outputs: [...this.#outputs.values()],
      onError: this.#options.onError ?? { kind: 'stop' },
      concurrency: this.#options.concurrency ?? 1,
      steps: this.#steps(),
      create: () => ({ process: compileTree(this.node), close: () => undefined }),
    }
  }

  /** One branch: its steps. Several: each branch in one line. */
  #steps(): readonly string[] {
    const branches = ends(this.node).map((node) => node.path().map(({ label }) => label))
    return branches.length === 1 ? branches[0]! : branches.map((labels) => labels.join(' | '))
  }

  /** Steps that nothing follows, though they have no effect by themselves. */
  loose(): readonly StreamNode[] {
    return leaves(this.node).filter((node) => !node.isEnd && !node.isRead)
  }
}

function ends(node: StreamNode): readonly StreamNode[] {
  return node.isEnd ? [node] : node.children.flatMap(ends)
}

function leaves(node: StreamNode): readonly StreamNode[] {
  return node.children.length === 0 ? [node] : node.children.flatMap(leaves)
}
