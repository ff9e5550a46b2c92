import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createProcessFamily } from './process-family.ts'

const MAIN = fileURLToPath(new URL('../../server/main.ts', import.meta.url))
const READY_MS = 30_000

export interface App extends AsyncDisposable {
  baseUrl: string
  dataDir: string
  supervisorPid: number
  /** Throws while there is no API process. */
  apiPid(): number
  workerPids(): number[]
  /** Those of them that run a last attempt alone. */
  lonePids(): number[]
  /** Those of them that were started to stand by; some may have been called since. */
  standbyPids(): number[]
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
    // A worker that stands by would blur which one does what.
    env: {
      ...inherited,
      SPARE_WORKER: '0',
      TITLE_MODEL: 'none',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATA_DIR: dataDir,
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed: string[] = []
  for (const stream of [supervisor.stdout, supervisor.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => printed.push(text))
  }
  const output = () => printed.join('')
  const supervisorPid = supervisor.pid ?? 0
  const family = createProcessFamily(supervisorPid, MAIN)
  let stopped: Promise<void> | undefined
  const stop = () =>
    (stopped ??= family.end().then(() => {
      if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 })
    }))
  try {
    await answers(baseUrl, supervisor)
    // Remembers them: a supervisor that is killed soon cannot be asked any more.
    family.pidsOf('worker')
  } catch (error) {
    await stop()
    throw new Error(`The app did not start. It printed:\n${output()}`, { cause: error })
  }
  return {
    baseUrl,
    dataDir,
    supervisorPid,
    apiPid() {
      const [pid] = family.pidsOf('api')
      if (pid === undefined) throw new Error('There is no API process at the moment')
      return pid
    },
    workerPids: () => family.pidsOf('worker'),
    standbyPids: () => family.pidsOf('standby'),
    lonePids: () => family.pidsOf('lone'),
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
    const { exitCode, signalCode } = supervisor
    if (exitCode !== null || signalCode !== null) throw new Error(`It ended with ${exitCode ?? signalCode}`)
    const response = await fetch(`${baseUrl}/health`).catch(() => undefined)
    await response?.body?.cancel()
    if (response?.ok) return
    await delay(25)
  }
  throw new Error(`No answer within ${READY_MS} ms`)
}
