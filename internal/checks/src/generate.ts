/** `npm run generate`: writes everything that is generated and committed. */
import { fileURLToPath } from 'node:url'
import { generate } from './pages/index.ts'
import { openRepository } from './repository/index.ts'

await generate(openRepository(fileURLToPath(new URL('../../..', import.meta.url))))
