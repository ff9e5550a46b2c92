import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startProgram } from './bench-process.ts'
import { listen } from './stream/listen.ts'

const READY_CAP_MS = 20_000
const READY_POLL_MS = 50
const SERVER = new URL('../server/main.ts', import.meta.url)
/** Where `npm start` keeps compiled code: without it every process starts more slowly. */
const COMPILE_CACHE = new URL('../node_modules/.cache/millrace', import.meta.url)

/** The whole of our server, supervisor, API and workers, on a data folder of its own. */
export interface RunningServer extends AsyncDisposable {
  port: number
  /** The supervisor's. */
  pid: number
}

export interface ServerOptions {
  /** Port of the mock upstream, which is the server's vendor `openai`. */
  upstreamPort: number
  /** Settings beside those of every benchmark. */
  env?: Record<string, string>
  /** Options of Node, which the supervisor hands on to its children. */
  nodeOptions?: readonly string[]
}

/** Starts it with limits that no benchmark reaches; disposing ends it and removes what it wrote. */
export async function startServer({ upstreamPort, env = {}, nodeOptions = [] }: ServerOptions): Promise<RunningServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  const port = await freePort()
  const many = '1000000'
  const server = startProgram([...nodeOptions, fileURLToPath(SERVER), 'all'], {
    // An `.env` file of the working folder would be read as settings.
    cwd: dataDir,
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: fileURLToPath(COMPILE_CACHE),
      DATA_DIR: dataDir,
      TITLE_MODEL: 'none',
      PORT: String(port),
      WORKERS: process.env['WORKERS'] ?? '1',
      OPENAI_BASE_URL: `http://127.0.0.1:${upstreamPort}/v1`,
      OPENAI_API_KEY: 'bench',
      ALLOW_UNLISTED_MODELS: '1',
      MAX_RUNNING_PER_USER: many,
      MAX_OPEN_STREAMS: many,
      REQUESTS_PER_MINUTE: many,
      LOG_LEVEL: 'error',
      ...env,
    },
  })
  const dispose = async () => {
    await server[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  }
  try {
    const refused = server.ended.then((error) => Promise.reject(error))
    await Promise.race([refused, untilReady(port)])
    refused.catch(() => {})
  } catch (error) {
    await dispose()
    throw error
  }
  return { port, pid: server.pid, [Symbol.asyncDispose]: dispose }
}

async function untilReady(port: number): Promise<void> {
  const deadlineMs = performance.now() + READY_CAP_MS
  while (performance.now() < deadlineMs) {
    const answer = await fetch(`http://127.0.0.1:${port}/api/v1/health/ready`).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, READY_POLL_MS))
  }
  throw new Error(`the server was not ready within ${READY_CAP_MS} ms`)
}

async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return port
}
