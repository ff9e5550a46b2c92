import type { Cursor } from '#protocol/cursor.ts'
import type { EndEvent } from '#protocol/events.ts'
import type { SharedTail } from './log-tail.ts'

/** The log's terminal event, as soon as it stands after the cursor; undefined when `waitMs` pass before that. */
export function waitForEnd(
  tail: SharedTail,
  generationId: string,
  after: Cursor,
  waitMs: number,
): Promise<EndEvent | undefined> {
  return new Promise((resolve) => {
    const follower = tail.follow(generationId, after, {
      rows(rows) {
        const last = rows.at(-1)
        if (last?.type === 'end') settle(JSON.parse(last.json) as EndEvent)
        return true
      },
      end: () => settle(undefined),
      cut: () => settle(undefined),
    })
    const timer = setTimeout(() => settle(undefined), waitMs)

    function settle(end: EndEvent | undefined): void {
      clearTimeout(timer)
      follower.stop()
      resolve(end)
    }
  })
}
