import type {
  ChannelDeclaration,
  ConsumerDeclaration,
  DeclarationProblem,
  TopicDeclaration,
} from '../topology/index.ts'
import { requireTarget } from './send-operators.ts'
import { Stream } from './stream.ts'
import type { StreamBuilder, StreamNode } from './stream-node.ts'
import { type StreamOptions, StreamRoot } from './stream-root.ts'

/** All streams of one app, while it is declared. */
export class StreamGraph implements StreamBuilder {
  readonly appId: string
  /** Called before every declaration; throws where it comes too late. */
  readonly assertOpen: (what: string) => void
  readonly #roots: StreamRoot[] = []
  readonly #problems: string[] = []

  constructor(appId: string, assertOpen: (what: string) => void) {
    this.appId = appId
    this.assertOpen = assertOpen
  }

  /** A new reading of a source. */
  stream<K, V>(source: TopicDeclaration<K, V> | ChannelDeclaration<K, V>, options: StreamOptions = {}): Stream<K, V> {
    return new Stream(this.root(source, options))
  }

  root(source: TopicDeclaration | ChannelDeclaration, options: StreamOptions = {}): StreamNode {
    requireTarget(source, 'stream')
    this.assertOpen(`a stream of ${source.kind} "${source.name}"`)
    if (
      source.kind === 'topic' &&
      source.role === 'repartition' &&
      this.#roots.some((root) => root.source.name === source.name)
    ) {
      this.report(
        `two groupBy make the topic "${source.name}"; give each a name of its own, or share the stream that the first returned`,
      )
    }
    const root = new StreamRoot(this, options.name ?? this.#freeName(source.name), source, options)
    this.#roots.push(root)
    return root.node
  }

  report(problem: string): void {
    this.#problems.push(problem)
  }

  /** One consumer for each root that has effects of its own. */
  consumers(): readonly ConsumerDeclaration[] {
    return this.#roots.map((root) => root.consumer()).filter((consumer) => consumer !== undefined)
  }

  /** What was noted, and steps that lead nowhere: a `filter` whose result nobody uses is a mistake, not a wish. */
  problems(): readonly DeclarationProblem[] {
    const loose = this.#roots.flatMap((root) =>
      root.loose().map((node) => {
        const path = [root.source.name, ...node.path().map(({ label }) => label)].join(' | ')
        return `stream "${root.name}" leads nowhere: ${path}; end it with forEach or to, give it to an agent or a handler, or remove it`
      }),
    )
    return [
      ...this.#problems.map((message): DeclarationProblem => ({ kind: 'declaration', message })),
      ...loose.map((message): DeclarationProblem => ({ kind: 'topology', message })),
    ]
  }

  #freeName(source: string): string {
    const taken = new Set(this.#roots.map(({ name }) => name))
    const base = `stream-${source}`.slice(0, 240)
    let name = base
    for (let number = 2; taken.has(name); number++) name = `${base}-${number}`
    return name
  }
}
