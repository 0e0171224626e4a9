import { onRdkafka, tableCases } from '../../src/cases/index.ts'

onRdkafka('tables', tableCases)
