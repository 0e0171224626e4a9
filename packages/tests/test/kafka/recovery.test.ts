import { onKafka, recoveryCases } from '../../src/cases/index.ts'

onKafka('recovery', recoveryCases)
