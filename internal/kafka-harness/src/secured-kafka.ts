import { type AccessRule, allow, disallow } from './access-rules.ts'
import { type Certificate, CertificateAuthority } from './certificate.ts'
import { freePorts } from './free-port.ts'
import type { KafkaNode } from './kafka-broker.ts'
import type { Listener, ListenerProtocol } from './listener.ts'
import { prepareNode } from './prepare-node.ts'
import { featureArgs, type StartKafkaOptions } from './start-kafka.ts'

/** A broker with a listener for every way of being let in. Each address is `host:port`, the same node behind all of them. */
export interface SecuredKafka {
  /** The node; its own listener is plain, and lets everybody do everything. */
  readonly broker: KafkaNode
  readonly addresses: {
    /** TLS; the certificate is for `localhost` and `127.0.0.1`. */
    readonly tls: string
    /** TLS that wants a certificate of `authority` from the client, too; its common name is the user. */
    readonly mutualTls: string
    /** TLS with a certificate that is for another host. */
    readonly tlsOfOtherHost: string
    /** TLS with a certificate that ended yesterday. */
    readonly tlsExpired: string
    /** A login (PLAIN, SCRAM-SHA-256, SCRAM-SHA-512) without TLS. */
    readonly sasl: string
    /** A login over TLS; asks for another one every 15 s. */
    readonly saslTls: string
  }
  /** PEM of the authority that signed the broker's certificates. */
  readonly ca: string
  /** PEM of one that signed nothing here. */
  readonly otherCa: string
  /** For `mutualTls`: user `CN=client`. */
  readonly client: Certificate
  /** Of another authority: refused by `mutualTls`. */
  readonly stranger: Certificate
  /** Adds rules for a user; they count only with `authorizer`. */
  allow(user: string, rules: readonly AccessRule[]): Promise<void>
  /** Takes all rules of a user away. */
  disallow(user: string): Promise<void>
  close(): Promise<void>
}

/** How a secured node differs from the harness's defaults. */
export interface StartSecuredKafkaOptions extends StartKafkaOptions {
  /** Passwords by user, for every mechanism. @default { alice: 'alice-secret' } */
  readonly users?: Readonly<Record<string, string>>
  /** Whether users may do only what `allow` gave them. @default false */
  readonly authorizer?: boolean
}

const mechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const
const loginModules = 'org.apache.kafka.common.security'

/**
 * Starts a node of its own with the listeners of {@link SecuredKafka}. Certificates are made anew each time. `KAFKA_BROKERS` does not
 * count.
 */
export async function startSecuredKafka(options: StartSecuredKafkaOptions = {}): Promise<SecuredKafka> {
  const users = options.users ?? { alice: 'alice-secret' }
  const [authority, otherAuthority] = [new CertificateAuthority('Harness CA'), new CertificateAuthority('Other CA')]
  const hosts = ['localhost', '127.0.0.1']
  const identities = {
    good: authority.issue({ commonName: 'localhost', hosts }),
    elsewhere: authority.issue({ commonName: 'elsewhere.example', hosts: ['elsewhere.example'] }),
    expired: authority.issue({ commonName: 'localhost', hosts, isValid: false }),
  }
  const tls = (identity: keyof typeof identities): Record<string, string> => ({
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': `{directory}/${identity}.pem`,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': '{directory}/ca.pem',
  })
  const login = loginSettings(users)
  const ports = await freePorts(8)
  const listener = (name: string, protocol: ListenerProtocol, settings: Record<string, string> = {}): Listener => ({
    name,
    protocol,
    port: ports.pop() as number,
    settings,
  })
  const listeners = {
    plain: listener('PLAINTEXT', 'PLAINTEXT'),
    tls: listener('TLS', 'SSL', tls('good')),
    mutualTls: listener('MUTUALTLS', 'SSL', { ...tls('good'), 'ssl.client.auth': 'required' }),
    tlsOfOtherHost: listener('TLSOTHER', 'SSL', tls('elsewhere')),
    tlsExpired: listener('TLSEXPIRED', 'SSL', tls('expired')),
    sasl: listener('LOGIN', 'SASL_PLAINTEXT', login),
    saslTls: listener('LOGINTLS', 'SASL_SSL', { ...tls('good'), ...login, 'connections.max.reauth.ms': '15000' }),
  }
  const broker = await prepareNode({
    nodeId: 1,
    roles: ['broker', 'controller'],
    listeners: Object.values(listeners),
    controller: { nodeId: 1, port: ports.pop() as number },
    replicas: 1,
    config: {
      'sasl.enabled.mechanisms': mechanisms.join(','),
      ...(options.authorizer ? authorizerSettings : {}),
      ...options.config,
    },
    heapMib: options.heapMib ?? 320,
    jvmArgs: options.jvmArgs,
    formatArgs: [...featureArgs(options.transactionVersion), ...scramArgs(users)],
    files: {
      'ca.pem': authority.cert,
      ...Object.fromEntries(Object.entries(identities).map(([name, { key, cert }]) => [`${name}.pem`, key + cert])),
    },
  })
  try {
    await broker.start()
  } catch (error) {
    await broker.close()
    throw error
  }
  const at = ({ port }: Listener): string => `127.0.0.1:${port}`
  return {
    broker,
    addresses: {
      tls: at(listeners.tls),
      mutualTls: at(listeners.mutualTls),
      tlsOfOtherHost: at(listeners.tlsOfOtherHost),
      tlsExpired: at(listeners.tlsExpired),
      sasl: at(listeners.sasl),
      saslTls: at(listeners.saslTls),
    },
    ca: authority.cert,
    otherCa: otherAuthority.cert,
    client: authority.issue({ commonName: 'client' }),
    stranger: otherAuthority.issue({ commonName: 'client' }),
    allow: (user, rules) => allow(broker.port, user, rules),
    disallow: (user) => disallow(broker.port, user),
    close: () => broker.close(),
  }
}

/** Connections without a name are the node's own, and the tests' by the plain listener. */
const authorizerSettings = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'super.users': 'User:ANONYMOUS',
}

function loginSettings(users: Readonly<Record<string, string>>): Record<string, string> {
  const known = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`)
  const settings: Record<string, string> = {
    'plain.sasl.jaas.config': `${loginModules}.plain.PlainLoginModule required ${known.join(' ')};`,
  }
  for (const mechanism of mechanisms.slice(1)) {
    settings[`${mechanism.toLowerCase()}.sasl.jaas.config`] = `${loginModules}.scram.ScramLoginModule required;`
  }
  return settings
}

function scramArgs(users: Readonly<Record<string, string>>): string[] {
  return Object.entries(users).flatMap(([name, password]) =>
    mechanisms.slice(1).flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${name},password=${password}]`]),
  )
}
