export {
  type AgentDeclaration,
  type AgentFunction,
  type AgentOptions,
  type AgentSources,
  agentConsumer,
} from './agent.ts'
export type { ConsumerOptions } from './consumer-options.ts'
export type { ConsumerSource } from './consumer-source.ts'
export { type DeadLetterSource, deadLetterHeaders, deadLetterRecord } from './dead-letter.ts'
export { type DeadLetterOptions, deadLetter, type RetryOptions, retry, skip, stop } from './error-policy.ts'
export { type ErrorStep, nextStep } from './error-step.ts'
export type { EventStream } from './event-stream.ts'
export {
  type HandlerDeclaration,
  type HandlerFunction,
  type HandlerOptions,
  type HandlerResult,
  handlerConsumer,
} from './handler.ts'
export { message, type SinkMessage, type SinkMessageParts } from './sink-message.ts'
export type { ConsumerSink, Sink, SinkFunction } from './sinks.ts'
export { crash, oneForAll, oneForOne, type RestartOptions, restart, type Supervision } from './supervision.ts'
