/** Longest source file and test file, in lines. */
export const maxSourceLines = 500
export const maxTestLines = 800

/** Over the source files of one package. */
export const maxMedianLines = 120
export const maxP90Lines = 300

/** Names that an entry of core, of an adapter and of another package may export. */
export const maxCoreNames = 150
export const maxAdapterNames = 12
export const maxOtherNames = 60

/** The one file that may spell `any`, for places of TypeScript that accept nothing else. */
export const anyAliasFile = 'packages/core/src/any-alias.ts'
