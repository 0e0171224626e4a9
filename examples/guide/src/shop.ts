import { App, type AppOptions, deadLetter, json, retry, schema, string } from '@stream/core'
import * as z from 'zod'

/** What charges orders: a service elsewhere. */
export interface Payments {
  charge(
    order: { readonly id: string; readonly cents: number },
    options: { readonly signal: AbortSignal },
  ): Promise<string>
}

/** The app of the pages. */
export function shop(payments: Payments, options: Partial<AppOptions> = {}) {
  const app = new App({ id: 'shop', guarantee: 'exactly_once', ...options })

  // #region topics
  const Order = z.object({ id: z.string(), customer: z.string(), cents: z.number().int().positive() })

  const orders = app.topic('orders', { key: string(), value: schema(Order), partitions: 4 })
  const receipts = app.topic('receipts', { key: string(), value: json<{ receipt: string }>() })
  const totals = app.topic('totals', { key: string(), value: json<Total>(), configs: { 'cleanup.policy': 'compact' } })
  // #endregion topics

  // #region table
  const customers = app.table('customers', {
    key: string(),
    value: json<Total>(),
    default: () => ({ orders: 0, cents: 0 }),
  })
  // #endregion table

  // #region agent
  // Orders have their own id as key; the repartition topic brings those of one customer together.
  const byCustomer = app.stream(orders).groupBy('by-customer', (order) => order.customer)

  app.agent(
    'customers',
    { source: byCustomer, tables: { customers }, sinks: [totals] },
    async function* (stream, { customers }) {
      for await (const order of stream) {
        yield await customers.update(order.customer, ({ orders, cents }) => ({
          orders: orders + 1,
          cents: cents + order.cents,
        }))
      }
    },
  )
  // #endregion agent

  // #region policy
  const onError = retry({ attempts: 5, backoffMs: 200, then: deadLetter() })
  // #endregion policy

  // #region handler
  app.handler('charge', { source: orders, outputs: [receipts], concurrency: 32, onError }, async (order, event) => {
    const receipt = await payments.charge(order, { signal: event.signal })
    event.send(receipts, { key: order.id, value: { receipt } })
  })
  // #endregion handler

  // #region stream
  const large = app.topic('large-orders', { key: string(), value: string() })
  app
    .stream(orders)
    .filter((order) => order.cents >= 100_000)
    .selectKey((order) => order.customer)
    .mapValues((order) => `${order.id}: ${order.cents / 100}`)
    .to(large)
  // #endregion stream

  return { app, orders, receipts, totals, large, customers }
}

interface Total {
  readonly orders: number
  readonly cents: number
}
