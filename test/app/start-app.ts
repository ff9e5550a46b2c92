import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { childrenOf, commandOf, isAlive, kill } from './process-tree.ts'

const MAIN = fileURLToPath(new URL('../../server/main.ts', import.meta.url))
const READY_MS = 30_000
const STOP_MS = 10_000

export interface App extends AsyncDisposable {
  baseUrl: string
  dataDir: string
  supervisorPid: number
  /** Undefined while there is none. */
  apiPid(): number | undefined
  workerPids(): number[]
  /** Everything that the processes have printed so far. */
  output(): string
  /** Stops as a person would, kills what outlasts that, and removes the data folder. Stopping twice is the same. */
  stop(): Promise<void>
}

export interface AppOptions {
  /** Settings beside `HOST`, `PORT` and `DATA_DIR`; of the test's own environment only `PATH` and `HOME` are handed on. */
  env?: Record<string, string>
  /** A data folder of the caller's, which is kept. */
  dataDir?: string
  port?: number
}

type Process = ChildProcessByStdio<null, Readable, Readable>

/** Starts the whole of Millrace as processes of their own and resolves once it answers. Linux only. */
export async function startApp(options: AppOptions = {}): Promise<App> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'millrace-'))
  const port = options.port ?? (await freePort())
  const baseUrl = `http://127.0.0.1:${port}`
  const inherited = { PATH: process.env.PATH, HOME: process.env.HOME }
  const supervisor = spawn(process.execPath, [MAIN, 'all'], {
    // The folder is also where `.env` is looked for: a developer's own settings are none of a test's business.
    cwd: dataDir,
    env: { ...inherited, HOST: '127.0.0.1', PORT: String(port), DATA_DIR: dataDir, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed: string[] = []
  for (const stream of [supervisor.stdout, supervisor.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => printed.push(text))
  }
  const output = () => printed.join('')
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= stopAndClean(supervisor, options.dataDir === undefined ? dataDir : undefined))
  const supervisorPid = supervisor.pid ?? 0
  try {
    await answers(baseUrl, supervisor)
  } catch (error) {
    await stop()
    throw new Error(`The app did not start. It printed:\n${output()}`, { cause: error })
  }
  const pidsOf = (role: string) => childrenOf(supervisorPid).filter((pid) => commandOf(pid).includes(role))
  return {
    baseUrl,
    dataDir,
    supervisorPid,
    apiPid: () => pidsOf('api')[0],
    workerPids: () => pidsOf('worker'),
    output,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function answers(baseUrl: string, supervisor: Process): Promise<void> {
  const deadline = Date.now() + READY_MS
  while (Date.now() < deadline) {
    if (supervisor.exitCode !== null) throw new Error(`Exit code ${supervisor.exitCode}`)
    const response = await fetch(`${baseUrl}/health`).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.ok) return
    await delay(25)
  }
  throw new Error(`No answer within ${READY_MS} ms`)
}

async function stopAndClean(supervisor: Process, folder: string | undefined): Promise<void> {
  const pid = supervisor.pid ?? 0
  const family = [pid, ...childrenOf(pid)]
  kill(pid, 'SIGTERM')
  const deadline = Date.now() + STOP_MS
  while (family.some(isAlive) && Date.now() < deadline) await delay(25)
  for (const member of [...family, ...childrenOf(pid)]) kill(member, 'SIGKILL')
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}
