/** How clients talk to a listener. */
export type ListenerProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

/** A port of a broker. */
export interface Listener {
  /** Upper case, as in Kafka's settings. */
  readonly name: string
  readonly protocol: ListenerProtocol
  readonly port: number
  /** Where clients are told to go instead. @default port */
  readonly advertisedPort?: number
  /** Settings of this listener alone, without their prefix. */
  readonly settings?: Readonly<Record<string, string>>
}

/** The settings that open listeners on loopback. The first one is the brokers' own. */
export function listenerSettings(listeners: readonly Listener[]): Record<string, string> {
  const [first] = listeners
  const settings: Record<string, string> = {
    'listener.security.protocol.map': [
      'CONTROLLER:PLAINTEXT',
      ...listeners.map((one) => `${one.name}:${one.protocol}`),
    ].join(','),
  }
  if (first !== undefined) {
    settings['inter.broker.listener.name'] = first.name
    settings['advertised.listeners'] = listeners
      .map(({ name, port, advertisedPort }) => `${name}://127.0.0.1:${advertisedPort ?? port}`)
      .join(',')
  }
  for (const { name, settings: own = {} } of listeners) {
    for (const [setting, value] of Object.entries(own))
      settings[`listener.name.${name.toLowerCase()}.${setting}`] = value
  }
  return settings
}
