import { followFeed } from '../follow-feed.ts'
import { followGeneration, type EventListener } from '../follow-generation.ts'
import { monotonicMs, sleepUntil } from '../monotonic.ts'
import { spreadOf, type Spread } from '../percentile.ts'
import type { FrameStream } from '../stream/open-frames.ts'
import { createTokenChecker, type TokenChecker } from '../stream/token-checker.ts'

/** The generation that is followed. Its text is that of the mock upstream's stream of this number. */
export interface Followed {
  port: number
  generationId: string
  stream: number
  tokens: number
  /** Each follower has a stream of the generation, or a feed as a page has. */
  through: 'generation' | 'feed'
}

/** Where a follower begins: after a cursor, whose next token is this one. */
export interface Place {
  cursor: string
  token: number
}

/** What the readers of a crowd saw in one window. */
export interface CrowdWindow {
  /** Tokens and frames, of all readers together. */
  tokens: number
  frames: number
  /** From sending to receiving each token, milliseconds. */
  latency: Spread
}

interface Member {
  frames: FrameStream
  checker: TokenChecker
  /** Reads nothing until it is woken. */
  silent: boolean
  cursor: string
  over: boolean
  failure: string | undefined
}

export interface Crowd {
  /** Attaches followers one after another, at the start or at a place; silent ones never read a byte. */
  attach(count: number, options: { silent: boolean; from?: Place | undefined }): Promise<void>
  /** Detaches those that came last until so many are left. */
  shrinkTo(count: number): void
  /** Resolves once the first member has seen so many tokens; returns its place. */
  placeAfter(tokens: number, capMs: number): Promise<Place>
  /** Resolves at the end of the window. */
  watch(fromMs: number, toMs: number): Promise<CrowdWindow>
  /** Lets this many of the silent ones read, and resolves once they have caught up; the other silent ones leave. */
  wake(count: number, capMs: number): Promise<void>
  /**
   * Waits for the end of the generation, which all who are present must see at the same token. Returns, of everyone who
   * ever followed, what was missing, doubled or out of order, and who was cut off.
   */
  finish(capMs: number): Promise<string[]>
}

const ATTACH_PAUSE_MS = 2
const POLL_MS = 20

/** Followers of one generation; each checks every token that it is given. */
export function createCrowd(followed: Followed): Crowd {
  const { generationId, stream, tokens } = followed
  const all: Member[] = []
  let present: Member[] = []
  let window: { fromMs: number; toMs: number; tokens: number; frames: number; latencies: number[] } | undefined

  function join(silent: boolean, from: Place | undefined): void {
    const checker = createTokenChecker(stream, tokens, from?.token)
    const listener: EventListener = {
      event(event, receivedMs, cursor) {
        member.cursor = cursor
        if (event.type === 'text-delta') note(checker.accept(event.text), receivedMs)
      },
      over(reason) {
        member.over = true
        member.failure = reason
      },
    }
    const frames = follow(from?.cursor, listener)
    const member: Member = { frames, checker, silent, cursor: from?.cursor ?? '', over: false, failure: undefined }
    if (silent) frames.pause()
    all.push(member)
    present.push(member)
  }

  function follow(after: string | undefined, listener: EventListener): FrameStream {
    const { port, through } = followed
    if (through === 'feed') return followFeed({ port }, generationId, after, listener)
    return followGeneration(port, generationId, after, listener)
  }

  function note(sentMs: readonly number[], receivedMs: number): void {
    if (!window || receivedMs < window.fromMs || receivedMs >= window.toMs) return
    window.frames += 1
    window.tokens += sentMs.length
    for (const sent of sentMs) window.latencies.push(receivedMs - sent)
  }

  function dismiss(members: readonly Member[]): void {
    for (const member of members) member.frames.close()
    present = present.filter((member) => !members.includes(member))
  }

  /** How far the one who is furthest has got. */
  const furthest = () => Math.max(...present.map(({ checker }) => checker.next()))

  return {
    async attach(count, { silent, from }) {
      for (let index = 0; index < count; index++) {
        join(silent, from)
        await sleepUntil(monotonicMs() + ATTACH_PAUSE_MS)
      }
    },
    shrinkTo: (count) => dismiss(present.slice(count)),
    async placeAfter(count, capMs) {
      const [first] = present
      if (!first) throw new Error('nobody follows')
      await until(() => first.checker.next() >= count, capMs)
      return { cursor: first.cursor, token: first.checker.next() }
    },
    async watch(fromMs, toMs) {
      window = { fromMs, toMs, tokens: 0, frames: 0, latencies: [] }
      await sleepUntil(toMs)
      const { tokens: seen, frames, latencies } = window
      window = undefined
      return { tokens: seen, frames, latency: spreadOf(latencies) }
    },
    async wake(count, capMs) {
      const silent = present.filter((member) => member.silent)
      const woken = silent.slice(0, count)
      dismiss(silent.slice(count))
      const goal = furthest()
      for (const { frames } of woken) frames.resume()
      await until(() => woken.every(({ checker }) => checker.next() >= goal), capMs)
    },
    async finish(capMs) {
      await until(() => present.every(({ over }) => over), capMs)
      const last = furthest()
      const behind = present.filter(({ checker }) => checker.next() !== last)
      return [
        ...behind.map(({ checker }) => `a follower ended after ${checker.next()} of ${last} tokens`),
        ...all.flatMap(({ failure }) => failure ?? []),
        ...all.flatMap(({ checker }) => checker.faults()),
      ]
    },
  }
}

async function until(holds: () => boolean, capMs: number): Promise<void> {
  const deadlineMs = monotonicMs() + capMs
  while (!holds()) {
    if (monotonicMs() > deadlineMs) throw new Error(`followers did not get there within ${capMs} ms`)
    await sleepUntil(monotonicMs() + POLL_MS)
  }
}
