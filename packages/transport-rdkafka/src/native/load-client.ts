import { createRequire } from 'node:module'
import { isMainThread } from 'node:worker_threads'
import { describeThrown, StreamError } from '@stream/core/adapter'
import type { ClientLibrary } from './client-library.ts'

/** Lines of librdkafka's debug log are read (see `group/group-log.ts`): another version may word them differently. */
const neededVersion = '2.12.0'

/**
 * Loads node-rdkafka, which loads its binary. Refused in worker threads, where librdkafka would end the process.
 *
 * @throws STREAM_NOT_SUPPORTED in a worker thread, STREAM_ADAPTER_MISSING where there is no binary, STREAM_ADAPTER_INCOMPATIBLE for
 * another librdkafka than this package knows
 */
export function loadClient(): ClientLibrary {
  if (!isMainThread) {
    throw new StreamError({
      code: 'STREAM_NOT_SUPPORTED',
      message:
        'transport-rdkafka cannot run in a worker thread: librdkafka would end the whole process. Start another process instead',
    })
  }
  const load = createRequire(import.meta.url)
  let library: Omit<ClientLibrary, 'textOf'>
  let errors: { create(code: number): { readonly message: string } }
  try {
    // The module's own types name none of what is checked below, so it is taken for what this package needs of it.
    library = load('node-rdkafka') as Omit<ClientLibrary, 'textOf'>
    errors = load('node-rdkafka/lib/error.js') as { create(code: number): { readonly message: string } }
  } catch (cause) {
    throw new StreamError({
      code: 'STREAM_ADAPTER_MISSING',
      message: `node-rdkafka has no binary for Node ${process.versions.node} on ${process.platform}-${process.arch}: let its install script run (\`npm rebuild node-rdkafka\`; it needs a C++ compiler, make, Python, and OpenSSL's headers). It failed with: ${describeThrown(cause).split('\n')[0]}`,
      cause,
    })
  }
  if (library.librdkafkaVersion !== neededVersion) {
    throw new StreamError({
      code: 'STREAM_ADAPTER_INCOMPATIBLE',
      message: `transport-rdkafka knows librdkafka ${neededVersion}, but node-rdkafka brings ${library.librdkafkaVersion}: install node-rdkafka 3.6.1`,
    })
  }
  return {
    KafkaConsumer: library.KafkaConsumer,
    Producer: library.Producer,
    AdminClient: library.AdminClient,
    CODES: library.CODES,
    features: library.features,
    librdkafkaVersion: library.librdkafkaVersion,
    textOf: (code) => errors.create(code).message,
  }
}
