import { StreamError } from '../errors/index.ts'
import { isPromise } from '../table/index.ts'
import type { LoopInstance } from './loop-instance.ts'
import type { Emit } from './sinks.ts'

/** Waits until an agent's function is over; what a generator yields goes to the sinks, with the record in hand. */
export async function runLoop(
  agent: string,
  running: unknown,
  instance: LoopInstance,
  emit: Emit | undefined,
): Promise<void> {
  if (!isAsyncGenerator(running)) {
    await running
    return
  }
  let step = await running.next()
  while (step.done !== true) {
    try {
      const pending = deliver(agent, step.value, instance, emit)
      if (isPromise(pending)) await pending
    } catch (error) {
      // A sink that failed is a throw at the `yield`: the generator may clean up, or catch it.
      step = await running.throw(error)
      continue
    }
    step = await running.next()
  }
}

function deliver(agent: string, result: unknown, instance: LoopInstance, emit: Emit | undefined): void | Promise<void> {
  const event = instance.current
  if (emit === undefined) {
    throw new StreamError({
      code: 'STREAM_DECLARATION_INVALID',
      message: `Agent "${agent}" yields, but has no sinks; declare where results go, as in sinks: [topic]`,
      place: { consumer: agent },
    })
  }
  if (event === undefined) {
    throw new StreamError({
      code: 'STREAM_HANDLE_EXPIRED',
      message: `Agent "${agent}" yielded with no record in hand; yield inside the body of its "for await"`,
      place: { consumer: agent },
    })
  }
  if (result === undefined) {
    throw new StreamError({
      code: 'STREAM_VALUE_UNDEFINED',
      message: `Agent "${agent}" yielded undefined; yield a value, message({ value: null }) for a tombstone, or nothing at all`,
      place: { consumer: agent, topic: event.topic, partition: event.partition, offset: event.offset },
    })
  }
  return emit(result, event)
}

function isAsyncGenerator(value: unknown): value is AsyncGenerator<unknown, unknown, undefined> {
  if (typeof value !== 'object' || value === null) return false
  const generator = value as { next?: unknown; throw?: unknown }
  return Symbol.asyncIterator in value && typeof generator.next === 'function' && typeof generator.throw === 'function'
}
