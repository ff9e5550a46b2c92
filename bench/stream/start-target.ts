import { startBenchProcess } from '../bench-process.ts'
import { startServer } from '../start-server.ts'
import type { Target } from './measure.ts'
import type { TargetKind } from './wire-format.ts'

const ANSWER_CAP_MS = 10_000
const FLOOR_PROXY = new URL('floor-proxy.ts', import.meta.url)

type RunningTarget = Target & AsyncDisposable

/** Starts the floor or our server in front of the mock upstream; disposing ends it and removes what it wrote. */
export async function startTarget(kind: TargetKind, upstreamPort: number): Promise<RunningTarget> {
  if (kind === 'floor') return startFloor(upstreamPort)
  return Object.assign(await startServer({ upstreamPort }), { kind })
}

async function startFloor(upstreamPort: number): Promise<RunningTarget> {
  const proxy = startBenchProcess(FLOOR_PROXY)
  const { port } = await proxy.ask<{ port: number }>({ upstreamPort }, ANSWER_CAP_MS)
  return { kind: 'floor', port, pid: proxy.pid, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() }
}
