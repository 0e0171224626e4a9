import type { TransportSupports } from '@stream/core/adapter'
import type { TransportLab } from './transport-lab.ts'

/** A case of the kit. */
export interface TransportCase {
  readonly title: string
  run(lab: TransportLab): Promise<void>
}

/** Cases under one heading. */
export interface TransportGroup {
  readonly title: string
  readonly cases: readonly TransportCase[]
}

/** A case of a flag: where the flag is false, `otherwise` asserts what the transport must do instead. */
export function flagCase(
  flag: keyof TransportSupports,
  title: string,
  run: (lab: TransportLab) => Promise<void>,
  otherwise: (lab: TransportLab) => Promise<void>,
): TransportCase {
  return {
    title,
    async run(lab) {
      const { supports } = await lab.transport()
      await (supports[flag] ? run(lab) : otherwise(lab))
    },
  }
}
