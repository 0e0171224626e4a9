import { StreamError } from '@stream/core/adapter'
import { type ClientLibrary, called, connect, failureOf, type LogLine, type NativeProducer } from './native/index.ts'
import { askingProperties, type ResolvedOptions } from './options/index.ts'

/**
 * Reaches a broker once, or tells why it cannot.
 *
 * @throws STREAM_BROKER_UNAVAILABLE, retryable; STREAM_AUTHENTICATION_FAILED; STREAM_CONFIG_INVALID
 */
export async function reach(library: ClientLibrary, options: ResolvedOptions): Promise<void> {
  const { global, topic } = askingProperties(options, 'read_uncommitted')
  let client: NativeProducer
  try {
    client = new library.Producer({ ...global }, topic)
  } catch (thrown) {
    throw new StreamError({
      code: 'STREAM_CONFIG_INVALID',
      message: `transport-rdkafka: librdkafka refuses the configuration: ${failureOf(thrown).message}`,
    })
  }
  let isRefused = false
  let lastReason = ''
  const refused = new Promise<never>((_, reject) => {
    client.on('event.log', ({ fac, message }: LogLine) => {
      if (fac === 'FAIL' || fac === 'ERROR') lastReason = message
      if (!/authentication (error|failure|failed)/i.test(message)) return
      isRefused = true
      reject(new Error(message))
    })
  })
  const connected = connect(client, options.connectionTimeoutMs)
  try {
    await Promise.race([connected, refused])
  } catch (thrown) {
    throw isRefused ? authenticationFailed() : unavailable(options, lastReason || failureOf(thrown).message)
  } finally {
    // The client lets go of what it has; nobody waits for that where the answer is known.
    void connected.then(
      () => called((done) => client.disconnect(1, done)),
      () => undefined,
    )
  }
}

function authenticationFailed(): StreamError {
  return new StreamError({
    code: 'STREAM_AUTHENTICATION_FAILED',
    message: 'The brokers refused the login: check `sasl.mechanisms`, `sasl.username` and `sasl.password`',
  })
}

function unavailable({ bootstrap, connectionTimeoutMs }: ResolvedOptions, reason: string): StreamError {
  return new StreamError({
    code: 'STREAM_BROKER_UNAVAILABLE',
    message: `None of ${bootstrap} answered within ${connectionTimeoutMs} ms: check the addresses, and that the listener speaks what \`security.protocol\` says. librdkafka: ${reason}`,
    retryable: true,
    place: { brokers: bootstrap },
  })
}
