const longestName = 249
const allowed = /^[a-zA-Z0-9._-]+$/

/** What Kafka would refuse in a topic's name, as the end of a sentence; undefined where it is fine. */
export function topicNameProblem(name: string): string | undefined {
  if (typeof name !== 'string') return `must be a string, not ${name === null ? 'null' : typeof name}`
  if (name === '') return 'must not be empty'
  if (name === '.' || name === '..') return 'must not be "." or ".."'
  if (name.length > longestName) return `has ${name.length} characters; Kafka takes ${longestName}`
  if (!allowed.test(name)) return 'may hold only letters, digits, ".", "_" and "-"'
  return undefined
}
