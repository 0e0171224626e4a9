export type { StoreAdapter, TransportAdapter } from './adapter-manifest.ts'
export type { AdapterKind } from './adapter-table.ts'
export { didYouMean, nearestName } from './nearest-name.ts'
export { type AdapterRequest, resolveAdapter } from './resolve-adapter.ts'
export {
  type ExplainedSetting,
  type ResolvedSettings,
  resolveSettings,
  type SettingSources,
} from './resolve-settings.ts'
export { type Settings, type SettingsInput, settingsTable } from './settings-table.ts'
export { withoutCredentials } from './without-credentials.ts'
