import { errorPolicyCases, onRdkafka } from '../../src/cases/index.ts'

onRdkafka('error policies', errorPolicyCases)
