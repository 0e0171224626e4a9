import { BodyWriter } from './body.ts'
import { callBroker } from './broker-call.ts'

const resourceTypes = { topic: 2, group: 3, cluster: 4, transactionalId: 5 } as const
const operations = {
  all: 2,
  read: 3,
  write: 4,
  create: 5,
  delete: 6,
  alter: 7,
  describe: 8,
  describeConfigs: 10,
  idempotentWrite: 12,
} as const
const createAcls = 30
const deleteAcls = 31

/** What a user may do to what. */
export interface AccessRule {
  readonly on: keyof typeof resourceTypes
  /** Beginning of the names it holds for; '' for all. Not looked at for the cluster. */
  readonly prefix: string
  readonly may: readonly (keyof typeof operations)[]
}

/** Lets a user do that, from now on. `read` and `write` include `describe`, as Kafka has it. */
export async function allow(port: number, user: string, rules: readonly AccessRule[]): Promise<void> {
  const all = rules.flatMap((rule) => rule.may.map((operation) => ({ ...rule, operation })))
  const body = new BodyWriter()
  body.array(all, ({ on, prefix, operation }) => {
    // A literal `*` stands for every name, where a prefix must not be empty.
    const isEvery = on === 'cluster' || prefix === ''
    const name = on === 'cluster' ? 'kafka-cluster' : prefix === '' ? '*' : prefix
    body
      .int8(resourceTypes[on])
      .string(name)
      .int8(isEvery ? 3 : 4)
    body.string(`User:${user}`).string('*').int8(operations[operation]).int8(3)
  })
  const answer = await callBroker({ port, apiKey: createAcls, version: 1, timeoutMs: 10_000, body })
  answer?.int32()
  const errors = answer?.array(() => ({ code: answer.int16(), message: answer.string() }))
  if (errors === undefined || errors.some(({ code }) => code !== 0)) {
    throw new Error(`rules for ${user} were not taken: ${JSON.stringify(errors)}`)
  }
}

/** Takes all rules of a user away. */
export async function disallow(port: number, user: string): Promise<void> {
  const any = 1
  const body = new BodyWriter()
    .int32(1)
    .int8(any)
    .string(null)
    .int8(any)
    .string(`User:${user}`)
    .string(null)
    .int8(any)
    .int8(any)
  const answer = await callBroker({ port, apiKey: deleteAcls, version: 1, timeoutMs: 10_000, body })
  answer?.int32()
  const errors = answer?.array(() => {
    const code = answer.int16()
    answer.string()
    answer.array(() => {
      answer.int16()
      answer.string()
      answer.int8()
      answer.string()
      answer.int8()
      answer.string()
      answer.string()
      answer.int8()
      answer.int8()
    })
    return code
  })
  if (errors === undefined || errors.some((code) => code !== 0)) throw new Error(`rules of ${user} were not taken away`)
}
