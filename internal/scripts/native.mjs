/**
 * `npm run native`: compiles the native addons that no install compiles, node-rdkafka, for this Node. Takes minutes once; the result is
 * kept outside of the repository for the next clone.
 */
import './require-node.mjs'
import { provideRdkafka } from './native-addon.mjs'
import { runCheck } from './run-check.mjs'

const { failed } = await runCheck('node-rdkafka', provideRdkafka)
process.exitCode = failed === 0 ? 0 : 1
