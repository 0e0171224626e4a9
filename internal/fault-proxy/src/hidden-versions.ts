import type { Fields } from './message-codec.ts'

/** What an older broker does not have. */
export interface HiddenVersions {
  /** Highest version to be shown, by name of the API; -1 hides the API. */
  readonly apis?: Readonly<Record<string, number>>
  /** Highest level to be shown, by feature, for example `transaction.version`; 0 hides the feature. */
  readonly features?: Readonly<Record<string, number>>
}

/** Takes what is hidden out of an ApiVersions answer. */
export function hide(answer: Fields, hidden: HiddenVersions, nameOf: (apiKey: number) => string): void {
  const { apis = {}, features = {} } = hidden
  answer.apiKeys = structs(answer.apiKeys).flatMap((api) => {
    const highest = apis[nameOf(Number(api.apiKey))] ?? Number(api.maxVersion)
    if (highest < Number(api.minVersion)) return []
    return [{ ...api, maxVersion: Math.min(Number(api.maxVersion), highest) }]
  })
  if (answer.supportedFeatures !== undefined) {
    answer.supportedFeatures = lowered(structs(answer.supportedFeatures), 'minVersion', 'maxVersion', features)
  }
  if (answer.finalizedFeatures !== undefined) {
    answer.finalizedFeatures = lowered(
      structs(answer.finalizedFeatures),
      'minVersionLevel',
      'maxVersionLevel',
      features,
    )
  }
}

/** Whether a request is one that the older broker would not understand. */
export function isHidden(api: string, version: number, { apis = {} }: HiddenVersions): boolean {
  return version > (apis[api] ?? version)
}

function lowered(
  all: readonly Fields[],
  lowest: string,
  highest: string,
  levels: Readonly<Record<string, number>>,
): Fields[] {
  return all.flatMap((feature) => {
    const level = Math.min(Number(feature[highest]), levels[String(feature.name)] ?? Number.POSITIVE_INFINITY)
    if (level === 0) return []
    return [{ ...feature, [highest]: level, [lowest]: Math.min(Number(feature[lowest]), level) }]
  })
}

// Cast: the definition of ApiVersions has lists of structs there.
function structs(value: Fields[string]): Fields[] {
  return (value ?? []) as Fields[]
}
