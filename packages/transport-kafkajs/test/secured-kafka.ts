import { execFile } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type KafkaBroker, startKafka } from '@stream-internal/kafka-harness'

const run = promisify(execFile)

/** A broker with one more listener, which wants TLS and a login. */
export interface SecuredKafka {
  readonly broker: KafkaBroker
  /** Address of the listener that wants TLS and a login. */
  readonly address: string
  /** PEM of the authority that signed the broker's certificate. */
  readonly ca: string
  readonly username: string
  readonly password: string
}

/** Starts a node, adds the listener to its settings and starts it again. */
export async function startSecuredKafka(): Promise<SecuredKafka> {
  const broker = await startKafka()
  const { stdout } = await run('ps', ['-ww', '-p', `${broker.pid}`, '-o', 'args='])
  const settings = stdout.trim().split(' ').at(-1) as string
  const keystore = join(dirname(settings), 'broker.p12')
  const store = ['-keystore', keystore, '-storetype', 'PKCS12', '-storepass', 'changeit', '-alias', 'broker']
  const names = ['-dname', 'CN=localhost', '-ext', 'SAN=dns:localhost,ip:127.0.0.1']
  await run('keytool', [
    '-genkeypair',
    '-keyalg',
    'EC',
    '-groupname',
    'secp256r1',
    '-validity',
    '2',
    ...names,
    ...store,
  ])
  const { stdout: ca } = await run('keytool', ['-exportcert', '-rfc', ...store])
  const port = await freePort()
  const listeners = /^listeners=(.*)$/m.exec(readFileSync(settings, 'utf8'))?.[1]
  const username = 'bob'
  const password = 'hunter2'
  const login = `org.apache.kafka.common.security.plain.PlainLoginModule required user_${username}="${password}";`
  appendFileSync(
    settings,
    [
      `listeners=${listeners},SASL_SSL://127.0.0.1:${port}`,
      'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
      'sasl.enabled.mechanisms=PLAIN',
      `listener.name.sasl_ssl.plain.sasl.jaas.config=${login}`,
      'listener.name.sasl_ssl.connections.max.reauth.ms=15000',
      `ssl.keystore.location=${keystore}`,
      'ssl.keystore.type=PKCS12',
      'ssl.keystore.password=changeit',
      '',
    ].join('\n'),
  )
  await broker.restart()
  return { broker, address: `127.0.0.1:${port}`, ca, username, password }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
