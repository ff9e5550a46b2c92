import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { claimInstallation, composeFoundation } from '#server/compose.ts'
import { startBenchProcess } from '../bench-process.ts'
import { monotonicMs, sleepUntil } from '../monotonic.ts'
import type { Spread } from '../percentile.ts'
import { cpuMs } from '../process-usage.ts'
import { createBenchUsers, type BenchUsers } from './bench-users.ts'
import type { Seen, UsersClientOrder } from './users-client.ts'
import type { UsersServerOrder } from './users-server.ts'
import { usersSettings } from './users-settings.ts'

const USERS = 1_000
const TOKENS_PER_SECOND = 1_000
const CHANGES_PER_SECOND = 50
const CAP_MS = 120_000
const SETTLE_MS = 1_500

export interface UsersWindow {
  cpuMs: number
  windowMs: number
  /** Tokens or changes that were written meanwhile. */
  written: number
  latency: Spread
}

export interface UsersMeasured {
  users: number
  idle: UsersWindow
  tokens: UsersWindow
  changes: UsersWindow
  /** The same changes of other users, of whom nobody listens. */
  unheard: UsersWindow
  heldBytesPerStream: number
}

/** A thousand users with one feed each, that follows an answer of their own. Throws when anything was lost or doubled. */
export async function measureUsers(quick: boolean): Promise<UsersMeasured> {
  const windowMs = quick ? 4_000 : 15_000
  const dataDir = await mkdtemp(join(tmpdir(), 'millrace-bench-'))
  try {
    const settings = usersSettings(dataDir)
    ;(await claimInstallation(settings))?.release()
    await using foundation = await composeFoundation(settings, { name: `writer-${process.pid}`, followsLog: false })
    const heard = await createBenchUsers(foundation, USERS)
    const unheard = await createBenchUsers(foundation, USERS)
    return await measure(dataDir, { heard, unheard, windowMs })
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function measure(
  dataDir: string,
  { heard, unheard, windowMs }: { heard: BenchUsers; unheard: BenchUsers; windowMs: number },
): Promise<UsersMeasured> {
  await using server = startBenchProcess(new URL('users-server.ts', import.meta.url))
  await using client = startBenchProcess(new URL('users-client.ts', import.meta.url))
  const order = <Answer>(message: UsersClientOrder) => client.ask<Answer>(message, CAP_MS)
  const serve = <Answer>(message: UsersServerOrder) => server.ask<Answer>(message, CAP_MS)

  /** Processor time while `write` runs, and until its last was told. */
  async function during(
    write: (untilMs: number) => Promise<number>,
    read: (seen: Seen) => Spread,
  ): Promise<UsersWindow> {
    await sleepUntil(monotonicMs() + SETTLE_MS)
    await order<Seen>({ order: 'seen' })
    const before = cpuMs([server.pid])
    const written = await write(monotonicMs() + windowMs)
    await sleepUntil(monotonicMs() + SETTLE_MS)
    const used = cpuMs([server.pid]) - before
    return { cpuMs: used, windowMs: windowMs + SETTLE_MS, written, latency: read(await order<Seen>({ order: 'seen' })) }
  }

  const { port } = await serve<{ port: number }>({ order: 'begin', dataDir })
  const { bytes: without } = await serve<{ bytes: number }>({ order: 'held' })
  await order({ order: 'open', port, users: heard.users, tokens: 1_000_000 })
  await sleepUntil(monotonicMs() + SETTLE_MS)
  const { bytes: withStreams } = await serve<{ bytes: number }>({ order: 'held' })
  // What has not begun is asked for its place in the queue every second.
  await heard.writeTokens(TOKENS_PER_SECOND, monotonicMs() + (2_000 * USERS) / TOKENS_PER_SECOND)
  const nothing = async (untilMs: number) => {
    await sleepUntil(untilMs)
    return 0
  }
  const idle = await during(nothing, ({ tokens }) => tokens)
  const tokens = await during(
    (untilMs) => heard.writeTokens(TOKENS_PER_SECOND, untilMs),
    (seen) => seen.tokens,
  )
  const changes = await during(
    (untilMs) => heard.changeConversations(CHANGES_PER_SECOND, untilMs),
    (seen) => seen.changes,
  )
  const others = await during(
    (untilMs) => unheard.changeConversations(CHANGES_PER_SECOND, untilMs),
    (seen) => seen.changes,
  )
  const finish = { order: 'finish' as const, tokens: heard.tokens, changes: heard.changes, capMs: 10_000 }
  const { faults } = await order<{ faults: string[] }>(finish)
  if (faults.length > 0) throw new Error(`${faults.length} faults, such as ${faults.slice(0, 3).join('; ')}`)
  if (others.latency.count > 0) throw new Error('somebody was told of changes of another user')
  const heldBytesPerStream = (withStreams - without) / USERS
  return { users: USERS, idle, tokens, changes, unheard: others, heldBytesPerStream }
}
