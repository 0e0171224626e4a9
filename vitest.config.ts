import { defineConfig } from 'vitest/config'

/** Packages resolve to their sources, so a unit test never sees a stale build. */
export default defineConfig({
  resolve: { conditions: ['@stream/source', 'module', 'import', 'node', 'default'] },
  ssr: { resolve: { conditions: ['@stream/source', 'module', 'import', 'node', 'default'] } },
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'internal/*/{src,test}/**/*.test.ts',
      'examples/*/test/**/*.test.ts',
    ],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
