import type { Foundation } from '#server/compose.ts'
import { monotonicMs, sleepUntil } from '../monotonic.ts'
import { formatToken } from '../stream/bench-token.ts'

export interface BenchUser {
  userId: string
  conversationId: string
  generationId: string
}

/** Users with a conversation and a running answer each, and what is written for them, at a steady rate in turns. */
export interface BenchUsers {
  users: BenchUser[]
  /** How much each was written. */
  tokens: number[]
  /** Number of each one's last change; -1 where there was none. */
  changes: number[]
  writeTokens(perSecond: number, untilMs: number): Promise<number>
  changeConversations(perSecond: number, untilMs: number): Promise<number>
}

const PREPARED_AT_ONCE = 50

export async function createBenchUsers({ store, log, clock }: Foundation, count: number): Promise<BenchUsers> {
  const users: BenchUser[] = []
  for (let made = 0; made < count; made += PREPARED_AT_ONCE) {
    const some = Array.from({ length: Math.min(PREPARED_AT_ONCE, count - made) }, createUser)
    users.push(...(await Promise.all(some)))
  }
  const tokens = users.map(() => 0)
  const changes = users.map(() => -1)

  async function createUser(): Promise<BenchUser> {
    const userId = `user-${clock.newId()}`
    const conversationId = clock.newId()
    const generationId = clock.newId()
    const now = clock.now()
    await store.createConversation({ id: conversationId, userId, title: null, now })
    const messageId = clock.newId()
    const branch = { leafId: messageId }
    const request = { provider: 'demo', model: 'chat', requestedModel: 'demo/chat', parameters: {}, branch }
    const started = await store.startTurn({
      userId,
      conversationId,
      now,
      origin: 'native',
      question: { kind: 'new', id: messageId, parts: [{ type: 'text', text: 'hello' }] },
      answers: [{ messageId: clock.newId(), generationId, request }],
      groupId: null,
    })
    if (!started.ok) throw new Error(started.reason)
    await log.open(generationId, 1)
    return { userId, conversationId, generationId }
  }

  async function writeToken(number: number): Promise<void> {
    const generationId = users[number]?.generationId ?? ''
    const index = tokens[number] ?? 0
    tokens[number] = index + 1
    const text = formatToken(number, index, monotonicMs())
    const written = await log.append(generationId, { epoch: 1, afterSeq: index }, [
      { type: 'text-delta', text, at: clock.now() },
    ])
    if (!written.ok) throw new Error(written.reason)
  }

  async function change(number: number): Promise<void> {
    const { userId = '', conversationId = '' } = users[number] ?? {}
    const index = (changes[number] ?? -1) + 1
    changes[number] = index
    const title = formatToken(number, index, monotonicMs()).trim()
    await store.updateConversation(userId, conversationId, { title, now: clock.now() })
  }

  /** One after another over all users; of each user the next only when the one before is done. */
  async function inTurns(perSecond: number, untilMs: number, act: (number: number) => Promise<void>): Promise<number> {
    const fromMs = monotonicMs()
    const last = users.map(() => Promise.resolve())
    let begun = 0
    while (monotonicMs() < untilMs) {
      const due = Math.floor(((monotonicMs() - fromMs) * perSecond) / 1000)
      for (; begun < due; begun++) {
        const number = begun % users.length
        last[number] = (last[number] ?? Promise.resolve()).then(() => act(number))
      }
      await sleepUntil(Math.min(untilMs, monotonicMs() + 2))
    }
    await Promise.all(last)
    return begun
  }

  return {
    users,
    tokens,
    changes,
    writeTokens: (perSecond, untilMs) => inTurns(perSecond, untilMs, writeToken),
    changeConversations: (perSecond, untilMs) => inTurns(perSecond, untilMs, change),
  }
}
