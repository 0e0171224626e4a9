export {
  adminProperties,
  askingProperties,
  type ClientProperties,
  memberProperties,
  producerProperties,
  readerProperties,
} from './client-properties.ts'
export { type Compression, type RdkafkaOptions, type ResolvedOptions, resolveOptions } from './rdkafka-options.ts'
export { optionsFromUrl } from './rdkafka-url.ts'
