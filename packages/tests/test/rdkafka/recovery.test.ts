import { onRdkafka, recoveryCases } from '../../src/cases/index.ts'

onRdkafka('recovery', recoveryCases)
