/** `inner` with some methods or fields replaced; everything else, private state included, stays its own. */
export function override<T extends object>(inner: T, changes: Partial<T>): T {
  return new Proxy(inner, {
    get(target, name) {
      if (Object.hasOwn(changes, name)) return Reflect.get(changes, name)
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
    has: (target, name) => Object.hasOwn(changes, name) || Reflect.has(target, name),
  })
}
