import { type OutBatch, type Produced, StreamError } from '@stream/core/adapter'

/** One call of `send`: what is still out, and what to answer. */
export class SendCall {
  readonly answer: Promise<readonly Produced[]>
  /** Resolves when the answer is there, whatever it is. */
  readonly settled: Promise<void>
  isDone = false
  private readonly produced: Produced[]
  private out = 0
  private resolve: (produced: readonly Produced[]) => void = () => {}
  private fails: (error: StreamError) => void = () => {}
  private readonly deadline: NodeJS.Timeout | undefined

  constructor(batches: readonly OutBatch[], deliveryTimeoutMs: number) {
    this.answer = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.fails = reject
    })
    this.settled = this.answer.then(
      () => undefined,
      () => undefined,
    )
    this.produced = batches.map(({ topic, partition }) => ({ topic, partition }))
    for (const { records } of batches) this.out += records.length
    this.deadline = this.out === 0 ? undefined : setTimeout(() => this.fail(late()), deliveryTimeoutMs)
    this.arrived(0)
  }

  arrived(count: number): void {
    this.out -= count
    if (this.out > 0 || this.isDone) return
    this.finish()
    this.resolve(this.produced)
  }

  /** Of several refused records of a batch, the first is told, and all are in the error's place. */
  refused(batch: number, index: number, error: StreamError): void {
    const before = this.produced[batch]
    if (before === undefined) return
    const told = Array.isArray(before.error?.place.refused) ? (before.error.place.refused as readonly number[]) : []
    const { code, message, retryable, cause, place } = before.error ?? error
    const all = new StreamError({ code, message, retryable, cause, place: { ...place, refused: [...told, index] } })
    this.produced[batch] = { ...before, error: all, refused: before.refused ?? index }
    this.arrived(1)
  }

  fail(error: StreamError): void {
    if (this.isDone) return
    this.finish()
    this.fails(error)
  }

  private finish(): void {
    this.isDone = true
    clearTimeout(this.deadline)
  }
}

function late(): StreamError {
  return new StreamError({
    code: 'STREAM_TIMEOUT',
    message: 'Records are not known to have arrived in time: check the brokers, or raise the delivery timeout',
    retryable: true,
  })
}
