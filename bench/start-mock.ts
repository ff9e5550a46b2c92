import { startBenchProcess, type BenchProcess } from './bench-process.ts'
import type { CutReply, MockOrder } from './stream/mock-upstream.ts'

const MOCK_UPSTREAM = new URL('stream/mock-upstream.ts', import.meta.url)
const ANSWER_CAP_MS = 10_000

export interface RunningMock extends BenchProcess {
  port: number
  /** The replies that were cut off since the last time. */
  cutReplies(): Promise<CutReply[]>
}

/** Starts the mock upstream as a process of its own. */
export async function startMock(): Promise<RunningMock> {
  const mock = startBenchProcess(MOCK_UPSTREAM)
  const order = <Answer>(message: MockOrder) => mock.ask<Answer>(message, ANSWER_CAP_MS)
  const { port } = await order<{ port: number }>({ order: 'port' })
  return { ...mock, port, cutReplies: () => order<CutReply[]>({ order: 'cut-replies' }) }
}
