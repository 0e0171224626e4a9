import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { javaDirectory } from './run-program.ts'

/** Builds the Java programs by Maven, unless they are built and no source is newer. */
export function buildJava(): void {
  const jar = join(javaDirectory, 'target/bench.jar')
  const sources = join(javaDirectory, 'src/main/java/bench')
  const files = [join(javaDirectory, 'pom.xml'), ...readdirSync(sources).map((name) => join(sources, name))]
  const builtMs = existsSync(jar) ? statSync(jar).mtimeMs : 0
  if (files.every((file) => statSync(file).mtimeMs < builtMs)) return
  try {
    execFileSync('mvn', ['-q', '-B', 'package'], { cwd: javaDirectory, stdio: ['ignore', 'ignore', 'inherit'] })
  } catch (cause) {
    throw new Error('the Java programs could not be built: install Java 17 or newer and Maven, and see above', {
      cause,
    })
  }
}
