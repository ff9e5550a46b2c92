import type { LiveGeneration } from '#protocol/api/feed.ts'
import { feedFrame } from '#server/dialects/feed.ts'
import type { StateListener } from '#server/subscribe/state-watch.ts'
import type { OpenStream } from './open-streams.ts'
import { encodeFrames } from './sse-response.ts'

/** Tells one stream what has not ended, and then every change of that. */
export interface LiveTeller extends StateListener {
  /** Everything that has not ended, as it is now. What changes meanwhile comes after it. */
  tellAll(): Promise<void>
  /** After the stream was full: tells all anew where changes were left out. */
  resume(): void
}

export function createLiveTeller(
  stream: OpenStream,
  listLive: () => Promise<LiveGeneration[]>,
  onFailure: (error: unknown) => void,
): LiveTeller {
  let telling: Promise<void> | undefined
  /** Something was missed that only the whole can make good. */
  let wanted = false
  let changes: LiveGeneration[] = []

  async function tell(): Promise<void> {
    try {
      let generations: LiveGeneration[] = []
      while (wanted) {
        wanted = false
        changes = []
        generations = await listLive()
      }
      if (stream.isFull()) wanted = true
      else write(feedFrame('live', { generations }) + changes.map((change) => feedFrame('generation', change)).join(''))
    } finally {
      // With what was told and not a turn later: what changes from here on is told by itself.
      changes = []
      telling = undefined
    }
  }

  function tellAll(): Promise<void> {
    wanted = true
    telling ??= tell().catch(onFailure)
    return telling
  }

  function write(frames: string): void {
    stream.write(encodeFrames(frames))
  }

  return {
    tellAll,
    changed(generation) {
      if (telling) changes.push(generation)
      else if (stream.isFull()) wanted = true
      else write(feedFrame('generation', generation))
    },
    missed: () => void tellAll(),
    resume() {
      if (wanted) void tellAll()
    },
  }
}
