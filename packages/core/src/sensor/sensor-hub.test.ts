import { describe, expect, it } from 'vitest'
import { StreamError } from '../errors/index.ts'
import { type Sensor, sensorHooks } from './sensor.ts'
import type { CutEndEvent, ErrorEvent, TableReadEvent } from './sensor-events.ts'
import { type SensorFailure, SensorHub } from './sensor-hub.ts'

const read: TableReadEvent = { table: 'counts', partition: 0, layer: 'store', rows: 1, found: 1 }

function hub(...sensors: Sensor[]): { hub: SensorHub; failures: SensorFailure[] } {
  const failures: SensorFailure[] = []
  return { hub: new SensorHub(sensors, (failure) => failures.push(failure)), failures }
}

describe('SensorHub', () => {
  it('is active exactly where a sensor listens', () => {
    const { hub: quiet } = hub()
    expect(Object.keys(quiet.active)).toEqual([...sensorHooks])
    expect(Object.values(quiet.active)).not.toContain(true)
    const { hub: watched } = hub({ onTableRead() {} }, { name: 'idle' })
    expect(Object.entries(watched.active).filter(([, active]) => active)).toEqual([['onTableRead', true]])
  })
  it('has a method for every hook, which reaches every sensor that has it, in order', () => {
    const told: string[] = []
    const all = (name: string): Sensor => {
      const hooks = sensorHooks.map((hook) => [hook, (event: unknown) => told.push(`${name} ${hook} ${String(event)}`)])
      return Object.fromEntries(hooks) as Sensor
    }
    const { hub: both } = hub(all('one'), { onCutStart() {} }, all('two'))
    for (const hook of sensorHooks) (both[hook] as (event: unknown) => void)(hook.length)
    expect(told).toEqual(sensorHooks.flatMap((hook) => [`one ${hook} ${hook.length}`, `two ${hook} ${hook.length}`]))
  })
  it('calls a hook on its sensor, so that classes work', () => {
    class Counter implements Sensor {
      reads = 0
      onTableRead(event: TableReadEvent): void {
        this.reads += event.rows
      }
    }
    const counter = new Counter()
    hub(counter).hub.onTableRead(read)
    expect(counter.reads).toBe(1)
  })
  it('keeps what a sensor throws from the app and from the other sensors, and reports it once', () => {
    let reads = 0
    const broken: Sensor = {
      name: 'broken',
      onTableRead() {
        throw undefined
      },
      onCutEnd() {
        throw new Error('metrics are down')
      },
    }
    const { hub: both, failures } = hub(broken, { onTableRead: () => void reads++ })
    both.onTableRead(read)
    both.onTableRead(read)
    both.onCutEnd({ cut: 1 } as CutEndEvent)
    expect(reads).toBe(2)
    expect(failures).toEqual([
      { sensor: 'broken', hook: 'onTableRead', cause: undefined },
      { sensor: 'broken', hook: 'onCutEnd', cause: new Error('metrics are down') },
    ])
  })
  it('reports an asynchronous hook that rejects, and leaves no unhandled rejection', async () => {
    const { hub: only, failures } = hub({
      async onTableRead() {
        throw new Error('late')
      },
    })
    only.onTableRead(read)
    only.onTableRead(read)
    await Promise.resolve()
    expect(failures).toEqual([{ sensor: 'sensor 1', hook: 'onTableRead', cause: new Error('late') }])
  })
  it('may be told from within a hook', () => {
    const errors: ErrorEvent[] = []
    const error = new StreamError({ code: 'STREAM_INTERNAL', message: 'x' })
    const { hub: nested }: { hub: SensorHub } = hub(
      { onTableRead: () => nested.onError({ error, consequence: 'reported' }) },
      { onError: (event) => void errors.push(event) },
    )
    nested.onTableRead(read)
    expect(errors).toHaveLength(1)
  })
})
