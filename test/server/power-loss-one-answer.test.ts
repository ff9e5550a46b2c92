import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createMillraceClient } from '#client/create-millrace-client.ts'
import type { CancelReceipt } from '#protocol/api/generations.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import { plainText } from '#protocol/messages.ts'
import { databaseFile } from '#server/data-folder.ts'
import { post } from '../app/chat.ts'
import { captureDisk } from '../app/disk-capture.ts'
import { kill } from '../app/process-tree.ts'
import { startApp } from '../app/start-app.ts'
import { readWalExtent } from '../app/wal-extent.ts'
import type { Asked } from '../app/witness.ts'
import { checkGeneration } from './check-generation.fixture.ts'
import { SETTINGS, startOnSlowDisk, targetOf, until } from './slow-disk.fixture.ts'

const TIMEOUT_MS = 360_000

/** What `power-loss.test.ts` says of a cut holds here too; these choose the cut instead of drawing it. */
describe('a power loss', () => {
  test.each(['all of an answer', 'the last part of an answer'])(
    'a follower whose server lost %s is sent back to the start and gets the whole answer',
    { timeout: TIMEOUT_MS },
    async (what) => {
      await using slow = await startOnSlowDisk()
      const { app, target, witness } = slow
      // Of a log that was just begun anew, the first write would begin the next round.
      await witness.ask(3, 0)
      let frames = 0
      let asked: Asked | undefined
      let following: ReturnType<typeof followThrough> | undefined
      const capture = await captureDisk(app.dataDir, async () => {
        // Alone, so that nothing else brings what it writes to the disk.
        void witness.ask(40, 20).catch(() => {})
        await until(() => (asked = witness.asked[1]) !== undefined)
        following = followThrough(app.baseUrl, asked!.generationId)
        await until(() => asked!.seen.length > 8)
        if (what === 'the last part of an answer') ({ frames } = readWalExtent(databaseFile(app.dataDir)))
        await until(() => asked!.seen.length > 18)
        frames = Math.max(frames, witness.synced().frames)
      })
      slow.pullThePlug()
      if (!capture || !asked || !following) throw new Error('the log was begun anew')
      const dataDir = mkdtempSync(join(tmpdir(), 'millrace-'))
      capture.write(dataDir, frames, 'torn')
      await using again = await startApp({ env: SETTINGS, dataDir, port: target.port })
      const { restarts, text, cursors } = await following
      expect(restarts).toBeGreaterThan(0)
      expect(text).toBe(asked.text)
      expect(cursors.map((cursor) => Number(cursor.split('-')[1]))).toEqual(cursors.map((_, index) => index + 1))
      const later = targetOf(again, AbortSignal.timeout(30_000))
      expect(await checkGeneration(later, asked, asked.seen, new Set(['accepted']))).toBeGreaterThan(0)
      later.agent.destroy()
      rmSync(dataDir, { recursive: true, force: true })
    },
  )

  test('keeps the wish to stop an answer whose receipt came before its end', { timeout: TIMEOUT_MS }, async () => {
    await using slow = await startOnSlowDisk()
    const { app, witness } = slow
    await witness.ask(3, 0)
    let frames = 0
    let asked: Asked | undefined
    const capture = await captureDisk(app.dataDir, async () => {
      void witness.ask(200, 20).catch(() => {})
      await until(() => (witness.asked[1]?.seen.length ?? 0) > 8)
      asked = witness.asked[1]
      for (const pid of app.workerPids()) kill(pid, 'SIGSTOP')
      const cancel = `${app.baseUrl}/api/v1/generations/${asked!.generationId}/cancel`
      expect(await post<CancelReceipt>(cancel, {})).toMatchObject({ state: 'running', upstreamClosedAt: null })
      ;({ frames } = witness.synced())
    })
    slow.pullThePlug()
    if (!capture || !asked) throw new Error('the log was begun anew')
    const dataDir = mkdtempSync(join(tmpdir(), 'millrace-'))
    capture.write(dataDir, frames, 'nothing')
    await using again = await startApp({ env: SETTINGS, dataDir })
    const target = targetOf(again, AbortSignal.timeout(30_000))
    await checkGeneration(target, asked, asked.seen, new Set(['accepted', 'cancelled']))
    target.agent.destroy()
    rmSync(dataDir, { recursive: true, force: true })
  })
})

/** The client library, left alone while its server goes and comes back. */
async function followThrough(baseUrl: string, generationId: string) {
  const client = createMillraceClient({ baseUrl, fetch, backoff: { firstMs: 50, mostMs: 200 } })
  let answer = emptyAnswer()
  let cursors: string[] = []
  let restarts = 0
  for await (const followed of client.follow(generationId, { signal: AbortSignal.timeout(60_000) })) {
    if (followed.type === 'restart') {
      restarts += 1
      answer = emptyAnswer()
      cursors = []
    }
    if (followed.type !== 'event') continue
    answer = fold(answer, followed.event)
    cursors.push(followed.cursor)
  }
  return { text: plainText(answer.parts), restarts, cursors }
}
