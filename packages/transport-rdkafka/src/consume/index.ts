export { ConsumeLoop } from './consume-loop.ts'
export { Feed, logicalEnd } from './feed.ts'
export { RdkafkaReader } from './rdkafka-reader.ts'
export { SilenceWatch } from './silence-watch.ts'
