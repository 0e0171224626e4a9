import { onKafka, tableCases } from '../../src/cases/index.ts'

onKafka('tables', tableCases)
