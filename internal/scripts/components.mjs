import { rdkafkaProbe } from './native-addon.mjs'

/**
 * Asks for each component that a suite may need whether it is there. The packages must have been built.
 *
 * @param {import('./suites.mjs').Component} name
 * @returns {Promise<{ available: boolean, reason: string }>} `reason` says what is missing and how to get it.
 */
export async function component(name) {
  const probes = { kafka: kafkaProbe, rdkafka: rdkafkaProbe }
  return await probes[name]()
}

async function kafkaProbe() {
  const harness = new URL('../kafka-harness/dist/index.js', import.meta.url)
  try {
    const { kafkaAvailability } = await import(harness.href)
    return await kafkaAvailability()
  } catch (error) {
    return { available: false, reason: `the Kafka harness could not be loaded: ${String(error)}` }
  }
}
