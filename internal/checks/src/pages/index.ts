export { generate } from './generate-files.ts'
export { anchorsOf, proseLines } from './markdown.ts'
export { isPage, regionOf, snippetsOf } from './snippets.ts'
