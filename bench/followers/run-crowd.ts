import { askMock } from '../ask-mock.ts'
import { startBenchProcess } from '../bench-process.ts'
import { createApiClient } from '../call-api.ts'
import { monotonicMs, sleepUntil } from '../monotonic.ts'
import { cpuMs, residentBytes } from '../process-usage.ts'
import { startProbedServer } from '../probe/start-probed-server.ts'
import { findServerProcesses } from '../server-processes.ts'
import { startMock } from '../start-mock.ts'
import type { CrowdOrder } from './crowd-client.ts'
import type { CrowdWindow, Followed } from './crowd.ts'

const CLIENT = new URL('crowd-client.ts', import.meta.url)
const CAP_MS = 60_000
/** After a change, until what it stirred up has settled. */
const SETTLE_MS = 1_000
const MEMORY_LOOK_MS = 250
const STREAM = 1

export interface ApiWindow extends CrowdWindow {
  windowMs: number
  /** Processor time of the API process. */
  cpuMs: number
  /** The most resident memory of the API that was seen. */
  peakBytes: number
}

export interface CrowdControl {
  order<Answer = unknown>(message: CrowdOrder): Promise<Answer>
  /** Waits until things have settled, then measures. */
  measure(windowMs: number): Promise<ApiWindow>
  /** Measures at once. */
  measureNow(windowMs: number): Promise<ApiWindow>
  /** Memory that the main thread of the API holds after a collection, in its heap and in buffers. */
  heldBytes(): Promise<number>
}

/**
 * Starts a server, one generation and a crowd without followers; `act` brings them and measures. Afterwards the generation
 * is stopped, and everyone must have seen all of it. Throws when a token was lost, doubled or swapped.
 */
export async function runCrowd<Result>(
  { through = 'generation', ...generation }: { rate: number; burst: number; through?: Followed['through'] },
  act: (crowd: CrowdControl) => Promise<Result>,
): Promise<Result> {
  await using mock = await startMock()
  await using server = await startProbedServer({ upstreamPort: mock.port, lag: false })
  await using client = startBenchProcess(CLIENT)
  using api = createApiClient(server.port)
  const pid = findServerProcesses(server.pid).api
  const tokens = generation.burst + Math.ceil(generation.rate * 3_600)
  const { generationId } = await askMock(api, { stream: STREAM, tokens, ...generation })
  const order = <Answer>(message: CrowdOrder) => client.ask<Answer>(message, CAP_MS)
  await order({ order: 'begin', followed: { port: server.port, generationId, stream: STREAM, tokens, through } })

  async function measureNow(windowMs: number): Promise<ApiWindow> {
    const fromMs = monotonicMs()
    const toMs = fromMs + windowMs
    const cpuBefore = cpuMs([pid])
    const watching = order<CrowdWindow>({ order: 'watch', fromMs, toMs })
    let peakBytes = 0
    while (monotonicMs() < toMs) {
      peakBytes = Math.max(peakBytes, residentBytes([pid]))
      await sleepUntil(Math.min(toMs, monotonicMs() + MEMORY_LOOK_MS))
    }
    const used = cpuMs([pid]) - cpuBefore
    return { ...(await watching), windowMs, cpuMs: used, peakBytes }
  }

  const result = await act({
    order,
    measureNow,
    async heldBytes() {
      const { heapBytes, externalBytes } = await server.probe(pid)
      return (heapBytes[0] ?? NaN) + externalBytes
    },
    async measure(windowMs) {
      await sleepUntil(monotonicMs() + SETTLE_MS)
      return await measureNow(windowMs)
    },
  })
  await api.call('POST', `/api/v1/generations/${generationId}/cancel`)
  const faults = await order<string[]>({ order: 'finish', capMs: CAP_MS })
  if (faults.length > 0) throw new Error(`${faults.length} faults, such as ${faults.slice(0, 3).join('; ')}`)
  return result
}
