import { describeThrown, StreamError } from '@stream/core/adapter'

/** A broker, and how it is approached. */
export interface Approach {
  readonly address: string
  readonly usesTls: boolean
  readonly logsIn: boolean
}

/** Of OpenSSL and of Node, for certificates that are not believed, on either side. */
const certificateCodes = /CERT|SELF_SIGNED|UNABLE_TO|HOSTNAME|INVALID_CA|^ERR_TLS|^ERR_SSL/

/** What a peer that speaks no TLS looks like to who does. */
const noTlsCodes = /WRONG_VERSION_NUMBER|PACKET_LENGTH|EPROTO/

/** Why there is no connection: `STREAM_AUTHENTICATION_FAILED` where that is certain, else a retryable `STREAM_BROKER_UNAVAILABLE`. */
export function connectFailure(approach: Approach, cause: unknown): StreamError {
  if (StreamError.is(cause) && cause.code !== 'STREAM_TIMEOUT') return cause
  const { address, usesTls } = approach
  const { name = '', type = '', code = '' } = (cause ?? {}) as { name?: string; type?: string; code?: unknown }
  const text = describeThrown(cause)
  if (name === 'KafkaJSSASLAuthenticationError' || /SASL/.test(String(type)) || /\bSASL\b/.test(text)) {
    return new StreamError({
      code: 'STREAM_AUTHENTICATION_FAILED',
      message: `${address} refused the login (${text}): check the mechanism, the user name and the password in \`sasl\`, and that the listener wants a login at all`,
      cause,
      place: { broker: address },
    })
  }
  if (usesTls && certificateCodes.test(String(code)) && !noTlsCodes.test(String(code))) {
    return new StreamError({
      code: 'STREAM_AUTHENTICATION_FAILED',
      message: `No TLS session with ${address} (${text}): check in \`ssl\` the certificate authority, the host name, and the certificate of this client where the listener wants one`,
      cause,
      place: { broker: address },
    })
  }
  const hint =
    hasHungUp(cause) || noTlsCodes.test(String(code))
      ? silentListener(approach)
      : 'check that the broker runs and listens there'
  return new StreamError({
    code: 'STREAM_BROKER_UNAVAILABLE',
    message: `No connection to ${address} (${text}): ${hint}`,
    retryable: true,
    cause,
    place: { broker: address },
  })
}

/** Why a request has no answer. Without any answer on this connection, the listener may be of another kind. */
export function requestFailure(approach: Approach, what: string, cause: unknown, hasAnswered: boolean): StreamError {
  if (StreamError.is(cause)) return cause
  if (/SASL/.test(String((cause as { name?: string } | undefined)?.name))) return connectFailure(approach, cause)
  const hint = !hasAnswered && hasHungUp(cause) ? `; ${silentListener(approach)}` : ''
  return new StreamError({
    code: 'STREAM_BROKER_UNAVAILABLE',
    message: `The connection to ${approach.address} ended before ${what} was answered: ${describeThrown(cause)}${hint}`,
    retryable: true,
    cause,
    place: { broker: approach.address, request: what },
  })
}

/** An answer in another layout than the one that was asked for. */
export function unreadable(address: string, what: string, cause: unknown): StreamError {
  return new StreamError({
    code: 'STREAM_BROKER_REFUSED',
    message: `The answer of ${address} to ${what} cannot be read (${describeThrown(cause)}): check that a Kafka broker listens there`,
    cause,
    place: { broker: address },
  })
}

function hasHungUp(cause: unknown): boolean {
  const { name, code } = (cause ?? {}) as { name?: string; code?: unknown }
  return name === 'KafkaJSConnectionClosedError' || code === 'ECONNRESET'
}

/** A listener of another kind hangs up without a word, as a broker does that stops. */
function silentListener({ usesTls, logsIn }: Approach): string {
  const tls = usesTls
    ? 'it may be a listener without TLS: leave `ssl` out, or take the port of one with TLS'
    : 'it may be a listener with TLS: set `ssl`, or take the port of one without'
  return `it accepts connections and hangs up; if the broker is well, ${tls}${logsIn ? '' : '; or one that wants a login: set `sasl`'}`
}
