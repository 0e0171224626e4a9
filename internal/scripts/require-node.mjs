/** Imported first by scripts that people start: an older Node would fail somewhere inside, with a message that helps nobody. */
const oldestMajor = 20
const oldestMinor = 19

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
  process.stderr.write(`@stream needs Node ${oldestMajor}.${oldestMinor} or newer; this is ${process.versions.node}\n`)
  process.exit(1)
}
