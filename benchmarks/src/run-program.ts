import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { type ProgramResult, type ProgramSettings, parseResult } from './program/index.ts'

const timeoutMs = 15 * 60_000

/** A program: a module of `programs/` by its name, or a main class of the Java ones. */
export type Program =
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'java'; readonly mainClass: string }

/** Where the Java programs are built to. */
export const javaDirectory: string = fileURLToPath(new URL('../kafka-streams', import.meta.url))

/** Starts a program as a child of its own; its errors go to standard error. The child ends with this process. */
export function startProgram(
  program: Program,
  settings: Readonly<Record<string, unknown>>,
  nodeOptions: readonly string[] = [],
): ChildProcess {
  const [command, args] =
    program.kind === 'java'
      ? ['java', javaArguments(program.mainClass, settings)]
      : [process.execPath, [...nodeOptions, modulePath(program.name), JSON.stringify(settings)]]
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.removeListener('exit', kill))
  return child
}

/** Runs a program to its end and returns what it measured; leaves a CPU profile of it in the given directory. */
export async function runProgram(
  program: Program,
  settings: ProgramSettings,
  profileDirectory?: string,
): Promise<ProgramResult> {
  const file = `${settings.group}-${settings.mode}.cpuprofile`
  const nodeOptions =
    profileDirectory === undefined
      ? []
      : ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`, `--cpu-prof-name=${file}`]
  return parseResult(await programOutput(startProgram(program, { ...settings }, nodeOptions)))
}

/** Everything a program prints until it ends. Throws where it ends with another code than 0, or not at all. */
export function programOutput(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    child.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      if (code === 0) resolve(output)
      else reject(new Error(`${child.spawnargs.join(' ')} ended with ${code ?? signal}:\n${output.slice(-2_000)}`))
    })
  })
}

function modulePath(name: string): string {
  return fileURLToPath(new URL(`./programs/${name}.js`, import.meta.url))
}

function javaArguments(mainClass: string, settings: Readonly<Record<string, unknown>>): string[] {
  const classPath = [`${javaDirectory}/target/bench.jar`, `${javaDirectory}/target/jars/*`].join(':')
  const pairs = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  return ['-Xmx1g', '-Dorg.slf4j.simpleLogger.defaultLogLevel=error', '-cp', classPath, mainClass, ...pairs]
}
