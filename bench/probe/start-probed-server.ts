import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monotonicMs, sleepUntil } from '../monotonic.ts'
import { startServer, type RunningServer, type ServerOptions } from '../start-server.ts'
import { PROBE_FOLDER, PROBE_LAG, type ProbeReport } from './probe-report.ts'

const PROBE = new URL('probe.ts', import.meta.url)
const REPORT_CAP_MS = 20_000
const POLL_MS = 10

export interface ProbedServer extends RunningServer {
  /** Asks one of the server's processes. */
  probe(pid: number): Promise<ProbeReport>
}

/** A server whose processes can be asked for their heap and handles or, with `lag`, for the lag of their event loops. */
export async function startProbedServer(options: ServerOptions & { lag: boolean }): Promise<ProbedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-probe-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const env = { ...options.env, [PROBE_FOLDER]: folder, [PROBE_LAG]: options.lag ? '1' : '0' }
  // Compiled code that is thrown away when it was not used for a while would hide what grows beside it.
  const nodeOptions = ['--expose-gc', '--no-flush-bytecode', '--import', PROBE.href]
  const server = await startServer({ ...options, env, nodeOptions }).catch(async (error: unknown) => {
    await remove()
    throw error
  })
  return {
    ...server,
    probe: (pid) => readReport(folder, pid),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await remove()
    },
  }
}

async function readReport(folder: string, pid: number): Promise<ProbeReport> {
  const file = join(folder, `${pid}.json`)
  await rm(file, { force: true })
  process.kill(pid, 'SIGUSR2')
  const deadlineMs = monotonicMs() + REPORT_CAP_MS
  while (monotonicMs() < deadlineMs) {
    const text = await readFile(file, 'utf8').catch(() => undefined)
    if (text !== undefined) return JSON.parse(text) as ProbeReport
    await sleepUntil(monotonicMs() + POLL_MS)
  }
  throw new Error(`process ${pid} did not report within ${REPORT_CAP_MS} ms`)
}
