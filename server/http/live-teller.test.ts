import { expect, test } from 'vitest'
import type { LiveGeneration } from '#protocol/api/feed.ts'
import { createLiveTeller } from './live-teller.ts'
import type { OpenStream } from './open-streams.ts'

const ENDED: LiveGeneration = { id: 'g', conversationId: 'c', messageId: 'm', status: 'completed' }

test.each(Array.from({ length: 10 }, (_, turns) => turns))(
  'a change that comes %d turns after what is live was read is told after it, and what was missed is told anew',
  async (turns) => {
    const { stream, events } = openStream()
    let reads = 0
    let answer = (_live: LiveGeneration[]): void => {}
    const listLive = () => {
      reads++
      return new Promise<LiveGeneration[]>((resolve) => (answer = resolve))
    }
    const teller = createLiveTeller(stream, listLive, () => {})
    void teller.tellAll()
    answer([{ ...ENDED, status: 'running' }])
    for (let turn = 0; turn < turns; turn++) await Promise.resolve()
    teller.changed(ENDED)
    await settled()
    expect(events()).toEqual(['live', 'generation'])

    void teller.tellAll()
    answer([])
    for (let turn = 0; turn < turns; turn++) await Promise.resolve()
    teller.missed()
    await settled()
    answer([])
    await settled()
    expect([reads, events().at(-1)]).toEqual([3, 'live'])
  },
)

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function openStream() {
  let written = ''
  const stream: OpenStream = {
    write(frames) {
      written += String(frames)
      return true
    },
    writeSmall() {},
    isFull: () => false,
    end() {},
    cut() {},
  }
  return { stream, events: () => [...written.matchAll(/^event: (\w+)$/gm)].map((match) => match[1]) }
}
