import type { Check, Finding } from '../check.ts'
import { type Manifest, publicPackages, type WorkspacePackage } from '../repository/index.ts'
import { isAdapter, packageDirection } from '../rules/index.ts'

const core = '@stream/core'

/** What every published package says of itself: core is a peer, exports point to what is built, nothing runs on installation. */
export const manifests: Check = {
  name: 'manifests',
  run: (repository) =>
    publicPackages(repository).flatMap((one) =>
      breaches(one).map((message): Finding => ({ file: `${one.folder}/package.json`, message })),
    ),
}

function breaches(one: WorkspacePackage): readonly string[] {
  return [...identity(one), ...coreAsPeer(one), ...coreAlone(one), ...publishedExports(one.manifest)]
}

function identity({ folder, manifest }: WorkspacePackage): readonly string[] {
  const scripts = Object.keys(manifest.scripts ?? {}).filter((name) => /^(pre|post)?install$|^prepare$/.test(name))
  return [
    ...expect(manifest.name === folder.replace('packages/', '@stream/'), 'is not named after its folder'),
    ...expect(manifest.license === 'Apache-2.0', 'does not say its licence, Apache-2.0'),
    ...expect(manifest.type === 'module', 'is not of type module'),
    ...expect(manifest.engines?.node === '>=20.19', 'does not say engines.node >=20.19'),
    ...expect(manifest.publishConfig?.access === 'public', 'does not say publishConfig.access public'),
    ...expect(scripts.length === 0, `runs ${scripts.join(', ')} on installation`),
  ]
}

/** Two copies of core in one program would not know each other's objects, so everything that extends it takes the app's. */
function coreAsPeer({ folder, manifest }: WorkspacePackage): readonly string[] {
  if (folder === 'packages/core') return []
  const isPeer = core in (manifest.peerDependencies ?? {})
  const isDependency = core in (manifest.dependencies ?? {})
  const isNeeded = isAdapter(folder.replace('packages/', '')) || isDependency
  return expect(isPeer ? !isDependency : !isNeeded, `takes ${core} not as a peer dependency, or not only as one`)
}

function coreAlone({ folder, manifest }: WorkspacePackage): readonly string[] {
  if (folder !== 'packages/core') return []
  const allowed = packageDirection('core')?.external ?? []
  const others = Object.keys({
    ...manifest.dependencies,
    ...manifest.peerDependencies,
    ...manifest.optionalDependencies,
  })
  return others.filter((name) => !allowed.includes(name)).map((name) => `depends on ${name}, which core may not`)
}

/** In the repository a condition leads to the sources; it must not leave the repository, where they are missing. */
function publishedExports({ exports = {}, publishConfig }: Manifest): readonly string[] {
  const built = Object.fromEntries(
    Object.entries(exports).map(([entry, conditions]) => {
      const { '@stream/source': _, ...rest } = conditions
      return [entry, rest]
    }),
  )
  const isSame = JSON.stringify(publishConfig?.exports) === JSON.stringify(built)
  return expect(isSame, 'publishConfig.exports are not its exports without the condition @stream/source')
}

function expect(holds: boolean, message: string): readonly string[] {
  return holds ? [] : [message]
}
