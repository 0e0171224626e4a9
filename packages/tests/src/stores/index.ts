export { chosenStoreKind, type StoreKind, StorePlace } from './store-place.ts'
