const secretNames = /pass|pwd|secret|token|key|credential|sasl|auth/i

/**
 * An adapter string as it may be shown: user, password and query values with telling names replaced by `***`. Works on text that is no
 * URL as well: whatever stands before the last `@`, and after a telling name and `=`, is hidden.
 */
export function withoutCredentials(address: string): string {
  const withoutUser = address.replace(/^([a-z][a-z0-9+.-]*:\/\/)?[^\n]*@/i, '$1***@')
  return withoutUser.replace(/([?&#;,]|^)([^=&?#;,]*)=([^&#;,]*)/g, (whole, before: string, name: string) =>
    secretNames.test(name) ? `${before}${name}=***` : whole,
  )
}

/** What {@link withoutCredentials} hides, as written and decoded, longest first, so that it can be found in other texts. */
export function credentialsOf(address: string): readonly string[] {
  const found = new Set<string>()
  const add = (secret: string | undefined): void => {
    if (secret === undefined || secret === '') return
    found.add(secret)
    found.add(decoded(secret))
  }
  const user = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^\n]*)@/i.exec(address)?.[1]
  add(user)
  add(user === undefined ? undefined : /^[^:]*:(.*)$/.exec(user)?.[1])
  for (const [, name, value] of address.matchAll(/[?&#;,]([^=&?#;,]*)=([^&#;,]*)/g)) {
    if (secretNames.test(name!)) add(value)
  }
  return [...found].sort((a, b) => b.length - a.length)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
