/** The process in which the readers of a thousand feeds live. */
import { answerEach } from '../bench-process.ts'
import { followFeed } from '../follow-feed.ts'
import { monotonicMs } from '../monotonic.ts'
import { spreadOf, type Spread } from '../percentile.ts'
import { parseToken } from '../stream/bench-token.ts'
import type { FrameStream } from '../stream/open-frames.ts'
import { createTokenChecker } from '../stream/token-checker.ts'
import type { BenchUser } from './bench-users.ts'

export type UsersClientOrder =
  | { order: 'open'; port: number; users: BenchUser[]; tokens: number }
  /** What came since the last time. */
  | { order: 'seen' }
  /** Waits until everybody was told of their last token and change, or until the time is up. */
  | { order: 'finish'; tokens: number[]; changes: number[]; capMs: number }

export interface Seen {
  tokens: Spread
  changes: Spread
}

interface Reader {
  frames: FrameStream
  checker: ReturnType<typeof createTokenChecker>
  /** Number of the last change that was told; several may come as one. */
  change: number
  revision: number
  faults: string[]
}

const POLL_MS = 20

const readers: Reader[] = []
let tokenMs: number[] = []
let changeMs: number[] = []

answerEach<UsersClientOrder>(async (message) => {
  if (message.order === 'open') return await open(message)
  return message.order === 'seen' ? seen() : { faults: await finish(message) }
})

async function open({ port, users, tokens }: Extract<UsersClientOrder, { order: 'open' }>): Promise<object> {
  let opened = 0
  users.forEach(({ userId, generationId }, number) => {
    const checker = createTokenChecker(number, tokens)
    const frames = followFeed({ port, query: `&user=${userId}` }, generationId, undefined, {
      event(event, receivedMs) {
        if (event.type !== 'text-delta') return
        for (const sentMs of checker.accept(event.text)) tokenMs.push(receivedMs - sentMs)
      },
      other(frame, receivedMs) {
        if (frame.event === 'live') opened++
        if (frame.event === 'conversation') note(reader, number, frame.data, receivedMs)
        if (frame.event === 'lost') reader.faults.push(`user ${number}: lost, ${frame.data.reason}`)
      },
      over: (reason) => void reader.faults.push(`user ${number}: ${reason ?? 'ended'}`),
    })
    const reader: Reader = { frames, checker, change: -1, revision: 0, faults: [] }
    readers.push(reader)
  })
  while (opened < users.length) await pause()
  return {}
}

function note(
  reader: Reader,
  number: number,
  { title, revision }: { title: string | null; revision: number },
  receivedMs: number,
): void {
  if (revision <= reader.revision) reader.faults.push(`user ${number}: revision ${revision} after ${reader.revision}`)
  reader.revision = revision
  const token = parseToken(title ?? '')
  if (!token) return
  if (token.stream !== number) reader.faults.push(`user ${number}: a change of user ${token.stream}`)
  if (token.index <= reader.change) reader.faults.push(`user ${number}: change ${token.index} after ${reader.change}`)
  reader.change = token.index
  changeMs.push(receivedMs - token.sentMs)
}

function seen(): Seen {
  const result = { tokens: spreadOf(tokenMs), changes: spreadOf(changeMs) }
  tokenMs = []
  changeMs = []
  return result
}

async function finish({ tokens, changes, capMs }: Extract<UsersClientOrder, { order: 'finish' }>): Promise<string[]> {
  const deadlineMs = monotonicMs() + capMs
  const behind = () =>
    readers.flatMap(({ checker, change }, number) =>
      checker.next() === tokens[number] && change === changes[number]
        ? []
        : `user ${number}: ${checker.next()} of ${tokens[number]} tokens, change ${change} of ${changes[number]}`,
    )
  while (behind().length > 0 && monotonicMs() < deadlineMs) await pause()
  for (const { frames } of readers) frames.close()
  return [...behind(), ...readers.flatMap(({ checker, faults }) => [...faults, ...checker.faults()])]
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS))
}
