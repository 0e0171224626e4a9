export { Backoff } from './backoff.ts'
export { brokerCodes, brokerError, isFencingCode, isRetryableCode, isStaleCode, topicMissing } from './broker-errors.ts'
export { Cluster, type ClusterSettings } from './cluster.ts'
export { type ClientConfig, KafkajsClient, kafkajsCodec } from './kafkajs-internals.ts'
