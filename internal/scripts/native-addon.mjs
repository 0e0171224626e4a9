import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { repositoryRoot } from './repository-root.mjs'
import { runCommand } from './run-command.mjs'

/** Where node-rdkafka is installed; its install script never runs by itself, since compiling takes minutes. */
const owner = join(repositoryRoot, 'packages', 'transport-rdkafka')
const addon = join(owner, 'node_modules', 'node-rdkafka')

/** What the compiled package needs at run time: the addon, and librdkafka next to it. */
const products = [join('build', 'Release', 'node-librdkafka.node'), join('build', 'deps')]

/** Found by the folder of the addon's own dependencies. */
const dependencies = ['nan', 'bindings', 'file-uri-to-path']

/**
 * librdkafka is configured before anything is compiled: with several jobs, node-gyp's makefile would begin too early. The bundled
 * librdkafka is compiled, whatever the system has.
 */
const buildScript =
  'cd node_modules/node-rdkafka && node-gyp configure && cd deps && node ../util/configure && cd .. && node-gyp build --jobs 2'

/** Whether node-rdkafka can be loaded on this Node; asked of a process of its own, since a binary of another Node may end it. */
export function rdkafkaProbe() {
  const script = "const { librdkafkaVersion } = require('node-rdkafka'); process.stdout.write(librdkafkaVersion)"
  const { status } = spawnSync(process.execPath, ['-e', script], { cwd: owner, timeout: 30_000 })
  const reason = `node-rdkafka is not compiled for Node ${process.versions.node}: run \`npm run native\` (C++ compiler, make, Python and OpenSSL's headers; about 4 minutes, once)`
  return status === 0 ? { available: true, reason: '' } : { available: false, reason }
}

/**
 * Compiles node-rdkafka for this Node, unless that was done before on this machine, and puts the result where it is loaded from. The
 * packages must have been installed.
 *
 * @returns {Promise<import('./run-command.mjs').CommandResult>}
 */
export async function provideRdkafka() {
  if (rdkafkaProbe().available) return { code: 0, output: '', isTimedOut: false, elapsedMs: 0 }
  if (!existsSync(addon)) return { code: 1, output: 'Install the packages first.', isTimedOut: false, elapsedMs: 0 }
  const kept = keptFolder()
  const result = existsSync(kept) ? { code: 0, output: '', isTimedOut: false, elapsedMs: 0 } : await compile(kept)
  if (result.code === 0)
    for (const product of products)
      cpSync(join(kept, product), join(addon, product), { recursive: true, verbatimSymlinks: true })
  return rdkafkaProbe().available || result.code !== 0 ? result : { ...result, code: 1, output: rdkafkaProbe().reason }
}

/** One for each version, Node and platform, outside of the repository: a clean clone need not compile again. */
function keptFolder() {
  const { version } = JSON.parse(readFileSync(join(addon, 'package.json'), 'utf8'))
  const major = process.versions.node.split('.')[0]
  const name = `node-rdkafka-${String(version).replace(/^v/, '')}-node-${major}-${process.platform}-${process.arch}`
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'stream-native', name)
}

/** @param {string} kept Where the products go, whole or not at all. */
async function compile(kept) {
  const folder = `${kept}.${process.pid}`
  const modules = join(folder, 'node_modules')
  const source = realpathSync(addon)
  mkdirSync(modules, { recursive: true })
  for (const name of ['node-rdkafka', ...dependencies]) {
    const from = name === 'node-rdkafka' ? source : dependencyOf(source, name)
    cpSync(from, join(modules, name), { recursive: true, verbatimSymlinks: true })
  }
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'native', private: true, scripts: { build: buildScript } }),
  )
  // npm knows where its node-gyp is; this Node's own headers are taken where they were installed with it.
  const headers = dirname(dirname(process.execPath))
  const env = existsSync(join(headers, 'include', 'node', 'node.h')) ? { npm_config_nodedir: headers } : {}
  const result = await runCommand('npm', ['--prefix', folder, 'run', 'build'], { deadlineMs: 900_000, env })
  if (result.code === 0) {
    const products_ = `${folder}.products`
    for (const product of products)
      cpSync(join(modules, 'node-rdkafka', product), join(products_, product), {
        recursive: true,
        verbatimSymlinks: true,
      })
    if (!existsSync(kept)) renameSync(products_, kept)
    rmSync(products_, { recursive: true, force: true })
  }
  rmSync(folder, { recursive: true, force: true })
  return result
}

/**
 * @param {string} source Folder of a package.
 * @param {string} name Of one of its dependencies, which stands beside it, or beside one that does.
 */
function dependencyOf(source, name) {
  const beside = join(dirname(source), name)
  if (existsSync(beside)) return realpathSync(beside)
  return realpathSync(join(dirname(realpathSync(join(dirname(source), 'bindings'))), name))
}
