import { describe, expect, it } from 'vitest'
import { externalCluster } from './external-cluster.ts'

describe('a cluster that was not started here', () => {
  const cluster = externalCluster('one:9092, two:9093', 'KAFKA_BROKERS')

  it('gives its addresses', () => {
    expect(cluster.brokers).toEqual(['one:9092', 'two:9093'])
    expect(cluster.port).toBe(9092)
    expect(cluster.pid).toBeUndefined()
  })

  it('refuses what would need its process', async () => {
    await expect(cluster.kill()).rejects.toThrow('cannot kill the cluster one:9092, two:9093')
    await expect(cluster.restart()).rejects.toThrow('KAFKA_BROKERS names it')
    expect(() => cluster.pause()).toThrow('cannot pause')
  })

  it('is left alone by close', async () => {
    await expect(cluster.close()).resolves.toBeUndefined()
  })

  it('is refused where the variable holds no address', () => {
    expect(() => externalCluster('nowhere', 'KAFKA_BROKERS')).toThrow("'nowhere'")
  })
})
