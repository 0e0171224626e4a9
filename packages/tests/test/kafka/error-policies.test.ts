import { errorPolicyCases, onKafka } from '../../src/cases/index.ts'

onKafka('error policies', errorPolicyCases)
