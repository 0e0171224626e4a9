import { resolveAdapter, type Settings, type StoreAdapter, type TransportAdapter } from '../config/index.ts'
import { StreamError } from '../errors/index.ts'
import type { Admin, Transport, TransportContext } from '../transport/index.ts'
import type { OpenParts } from './open-parts.ts'

/** What {@link openTransport} opens. */
export interface TransportRequest {
  readonly appId: string
  readonly transport: Transport | string | undefined
  /** Another transport, for its admin. */
  readonly admin: Transport | string | undefined
  readonly settings: Settings
  readonly adapters: readonly (TransportAdapter | StoreAdapter)[]
  readonly context: TransportContext
}

/** An open transport, and an admin that may come from another one. */
export interface OpenTransport {
  readonly transport: Transport
  readonly admin: Admin
  /** The transport that the admin is of. */
  readonly adminTransport: Transport
}

/**
 * Reaches the log.
 *
 * @throws STREAM_CONFIG_INVALID where there is no transport, STREAM_NOT_SUPPORTED where it cannot do what the settings ask for, what
 * `resolveAdapter` throws, and what transports throw
 */
export async function openTransport(request: TransportRequest, parts: OpenParts): Promise<OpenTransport> {
  const { appId, settings, adapters } = request
  if (request.transport === undefined) throw transportMissing(appId)
  const transport = await resolveAdapter({ kind: 'transport', value: request.transport, adapters })
  await open(transport, request, parts)
  refuseWhatIsNotSupported(appId, transport, settings)
  if (request.admin === undefined) return { transport, admin: adminOf(transport, parts), adminTransport: transport }
  const adminTransport = await resolveAdapter({ kind: 'transport', value: request.admin, adapters })
  if (adminTransport !== transport) await open(adminTransport, request, parts)
  return { transport, admin: adminOf(adminTransport, parts), adminTransport }
}

async function open(transport: Transport, { context }: TransportRequest, parts: OpenParts): Promise<void> {
  parts.add(`The transport ${transport.name}`, () => transport.close())
  await transport.open(context)
}

function adminOf(transport: Transport, parts: OpenParts): Admin {
  const admin = transport.admin()
  parts.add(`The admin of the transport ${transport.name}`, () => admin.close())
  return admin
}

function refuseWhatIsNotSupported(app: string, { name, supports }: Transport, settings: Settings): void {
  if (settings.guarantee === 'exactly_once' && !supports.groupFencing) {
    throw new StreamError({
      code: 'STREAM_NOT_SUPPORTED',
      message: `app ${app} asks for exactly_once, but the transport ${name} has no group fencing (KIP-447): a stalled worker could commit after its partitions went to another one. Take a transport that has it, or set \`guarantee\` to at_least_once.`,
      place: { app, transport: name, setting: 'guarantee' },
    })
  }
  if (settings.rebalance === 'cooperative' && !supports.cooperative) {
    throw new StreamError({
      code: 'STREAM_NOT_SUPPORTED',
      message: `app ${app} asks for cooperative rebalances (KIP-429), which the transport ${name} cannot do. Set \`rebalance\` to auto or eager.`,
      place: { app, transport: name, setting: 'rebalance' },
    })
  }
}

function transportMissing(app: string): StreamError {
  return new StreamError({
    code: 'STREAM_CONFIG_INVALID',
    message: `app ${app} has no \`transport\`; run \`npm install @stream/transport-kafkajs\` and give \`transport: kafkajs({ brokers: [...] })\`, or set STREAM_TRANSPORT=kafkajs://host:9092`,
    place: { app, setting: 'transport' },
  })
}
