export { fromMessage, payloadBytes } from './from-message.ts'
export { carrierName, fromNativeHeaders, toNativeHeaders } from './header-guard.ts'
export { toNativeBytes, toNativeTimestamp } from './payload-guard.ts'
