export { murmur2 } from './murmur2.ts'
export {
  describePartitioner,
  type Partitioner,
  type PartitionFunction,
  partitionOf,
  partitionOfKey,
  samePartitioner,
} from './partitioner.ts'
export { RoundRobin } from './round-robin.ts'
