import { AtLeastOnce, type AtLeastOnceHost } from './at-least-once.ts'
import type { CommitProtocol } from './commit-protocol.ts'
import type { EngineOptions } from './engine.ts'
import { ExactlyOnce } from './exactly-once.ts'

/** What the guarantee of an app comes to, on its transport. */
export function chooseProtocol(
  options: EngineOptions,
  host: Pick<AtLeastOnceHost, 'consumer' | 'onRoom' | 'onSent'>,
): CommitProtocol {
  const { transport, settings, appId, workerId, guarantee } = options
  const { transactionTimeoutMs, deliveryTimeoutMs, sessionTimeoutMs } = settings
  if (guarantee === 'at_least_once') {
    const producer = transport.producer({ deliveryTimeoutMs })
    return new AtLeastOnce({ ...host, producer, deliveryTimeoutMs, sessionTimeoutMs })
  }
  const committer = transport.committer({ transactionalId: `${appId}-${workerId}`, timeoutMs: transactionTimeoutMs })
  return new ExactlyOnce(committer, transactionTimeoutMs)
}
