export { streamCases } from './stream-cases.ts'
export { onKafka, onMemory } from './suite.ts'
