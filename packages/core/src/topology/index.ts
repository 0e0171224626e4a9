export type { ConsumerDeclaration, ErrorPolicy, Event, Message, Processor, TaskContext } from './consumer.ts'
export type { ChannelDeclaration, TableDeclaration, TopicDeclaration, TopicRole } from './declarations.ts'
export type { ScopedEvent, ScopedTable } from './scoped-event.ts'
export type { SubTopology, Topology } from './topology.ts'
