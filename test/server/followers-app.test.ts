import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { plainText } from '#protocol/messages.ts'
import { ask, followToEnd, post, stopAnswer, storedAnswer } from '../app/chat.ts'
import { openRawStream } from '../app/raw-stream.ts'
import { startApp } from '../app/start-app.ts'

const TIMEOUT_MS = 180_000
const DEAF = new URL('../app/deaf-doorbells.ts', import.meta.url).href

function numbered(count: number): string {
  return Array.from({ length: count }, (_, index) => `t${index}`).join(' ')
}

test(
  'P28: with every doorbell lost, sends, claims, tokens, ends and stops all arrive by polls within seconds',
  { timeout: TIMEOUT_MS },
  async () => {
    await using app = await startApp({ env: { ALLOW_UNLISTED_MODELS: '1', NODE_OPTIONS: `--import ${DEAF}` } })
    const startedAt = Date.now()
    const short = await ask(app.baseUrl, 'count', 'demo/script;tokens=40;delay=25')
    const endless = await ask(app.baseUrl, 'count', 'demo/script;tokens=4000;delay=25')
    let stopped: Promise<number> | undefined
    const [whole, cut] = await Promise.all([
      followToEnd(app.baseUrl, short.generationId),
      followToEnd(app.baseUrl, endless.generationId, ({ event }) => {
        if (event.type !== 'text-delta') return
        stopped ??= stopAnswer(app.baseUrl, endless.generationId).then(() => Date.now())
      }),
    ])
    const endedAt = Date.now()
    expect(plainText(whole.answer.parts).trim()).toBe(numbered(40))
    expect(whole.answer).toMatchObject({ status: 'completed', attempt: 1 })
    expect(cut.answer).toMatchObject({ status: 'cancelled', cancelledBy: 'user', attempt: 1 })
    expect(numbered(4_000)).toContain(plainText(cut.answer.parts).trim())
    // A claim, a stop and an end: each waits for one poll of a second or two.
    expect(endedAt - startedAt).toBeLessThan(20_000)
    await expect.poll(() => storedAnswer(app.baseUrl, short), { timeout: 15_000 }).toEqual(whole.answer)
    expect(connectedBells(app.dataDir)).toEqual([])
  },
)

test(
  'P15: a send is answered without waiting for the model, and heartbeats come before its first token',
  { timeout: TIMEOUT_MS },
  async () => {
    await using app = await startApp({ env: { ALLOW_UNLISTED_MODELS: '1', HEARTBEAT_MS: '200' } })
    const model = 'demo/script;tokens=3;delay=0;ttfb=3000'
    const { generationId } = await ask(app.baseUrl, 'count', model)
    const answeredAt = Date.now()
    const { id } = await post<{ id: string }>(`${app.baseUrl}/api/v1/conversations`, {})
    const body = JSON.stringify({ parts: [{ type: 'text', text: 'count' }], model })
    const port = Number(new URL(app.baseUrl).port)
    const headers = { 'accept-encoding': 'gzip, br', connection: 'keep-alive' }
    const streams = [
      openRawStream(port, `/api/v1/generations/${generationId}/events`, { headers }),
      openRawStream(port, `/api/v1/conversations/${id}/messages`, {
        method: 'POST',
        headers: {
          ...headers,
          accept: 'text/event-stream',
          'content-type': 'application/json',
          'content-length': String(Buffer.byteLength(body)),
        },
        body,
      }),
    ]
    const { frames } = await followToEnd(app.baseUrl, generationId)
    const first = frames.find(({ event }) => event.type === 'text-delta')
    expect(first?.event.at).toBeGreaterThan(answeredAt)
    for (const stream of streams) {
      await stream.until('"type":"end"')
      const head = stream.text().slice(0, stream.text().indexOf('\r\n\r\n')).toLowerCase().split('\r\n')
      expect(head).toContain('content-type: text/event-stream; charset=utf-8')
      expect(head).toContain('cache-control: no-store, no-transform')
      expect(head).toContain('x-accel-buffering: no')
      expect(head.filter((line) => /^content-(length|encoding):/.test(line))).toEqual([])
      const beforeFirstToken = stream.body().split('"text-delta"')[0] ?? ''
      expect([...beforeFirstToken.matchAll(/^:\n\n/gm)].length).toBeGreaterThanOrEqual(4)
      stream.socket.destroy()
    }
  },
)

/** The doorbells of a data folder that somebody is connected to. */
function connectedBells(dataDir: string): string[] {
  const connected = ' 0001 03 '
  const lines = readFileSync('/proc/net/unix', 'utf8').split('\n')
  return lines.filter((line) => line.includes(`${dataDir}/bells/`) && line.includes(connected))
}
