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
