export {
  anyAliasFile,
  maxAdapterNames,
  maxCoreNames,
  maxMedianLines,
  maxOtherNames,
  maxP90Lines,
  maxSourceLines,
  maxTestLines,
} from './budgets.ts'
export { isAdapter, packageDirection } from './package-directions.ts'
export { roomOrder } from './room-order.ts'
