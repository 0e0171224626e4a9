import { defineConfig } from 'vitest/config'
import { suites } from './internal/scripts/suites.mjs'

const conditions = ['@stream/source', 'module', 'import', 'node', 'default']

/** Packages resolve to their sources, so a test never sees a stale build. Every suite is a project of its name. */
export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    projects: suites.map(({ name, include, exclude, needs }) => ({
      extends: true,
      test: {
        name,
        include: [...include],
        exclude: ['**/node_modules/**', '**/dist/**', ...exclude],
        globalSetup: needs.includes('kafka') ? ['internal/kafka-harness/src/global-setup.ts'] : [],
      },
    })),
  },
})
