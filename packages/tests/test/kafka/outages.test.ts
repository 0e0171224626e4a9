import { onOwnKafka, outageCases } from '../../src/cases/index.ts'

onOwnKafka('outages', outageCases)
