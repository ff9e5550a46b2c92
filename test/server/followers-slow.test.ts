import { readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { plainText } from '#protocol/messages.ts'
import { MAX_BACKLOG_BYTES } from '#server/http/open-streams.ts'
import { MAX_READ_BYTES } from '#server/ports/event-log.ts'
import { ask, followToEnd, type Frame } from '../app/chat.ts'
import { openRawStream, type RawStream } from '../app/raw-stream.ts'
import { startApp } from '../app/start-app.ts'
import { CHAT_END, chatEvent, startScriptedUpstream } from '../upstream/scripted-upstream.ts'

const TIMEOUT_MS = 360_000
const SILENT_READERS = 40
const DELTA_CHARACTERS = 4_096
/** 8 MB before the silent readers come and 8 MB after: the kernel takes about 4 MB for each, the rest would be ours. */
const HALF_DELTAS = 2_000
/** What a silent reader may cost: its backlog, one read beyond it, and the row that made that read too large. */
const MOST_BYTES_PER_READER = MAX_BACKLOG_BYTES + MAX_READ_BYTES + 100 * 1024
/**
 * What V8 lets lie around of the 170 MB that flow into the kernel's buffers meanwhile: measured, 55 MB. Without the bound
 * the readers would cost 345 MB.
 */
const GARBAGE_BYTES = 128 * 1024 * 1024

const delta = (index: number): string => `${index} `.padEnd(DELTA_CHARACTERS, 'x')
const wholeText = Array.from({ length: 2 * HALF_DELTAS }, (_, index) => delta(index)).join('')

test(
  'P29: dozens of clients that never read cost the API bounded memory, and a reader beside them gets all of it as fast',
  { timeout: TIMEOUT_MS },
  async () => {
    let gate = Promise.resolve()
    await using upstream = await startScriptedUpstream(async (_request, response) => {
      for (let index = 0; index < 2 * HALF_DELTAS; index++) {
        if (index === HALF_DELTAS) await gate
        if (!response.write(chatEvent({ content: delta(index) }))) await new Promise((go) => response.once('drain', go))
      }
      response.end(CHAT_END)
    })
    const env = { OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: `${upstream.url}/v1`, ALLOW_UNLISTED_MODELS: '1' }
    await using app = await startApp({ env })
    const port = Number(new URL(app.baseUrl).port)

    // Twice, so that what a first run costs is not taken for what the silent readers cost.
    await follow(app.baseUrl)
    const alone = await follow(app.baseUrl)
    const open = Promise.withResolvers<void>()
    gate = open.promise
    const silent: RawStream[] = []
    const api = app.apiPid()
    let peakBytes = 0
    let beforeBytes = 0
    const beside = await follow(app.baseUrl, async (generationId, cursors) => {
      beforeBytes = memoryOf(api)
      // Each from another place, so that no two are served by the same bytes.
      for (const after of cursors.slice(0, SILENT_READERS)) {
        const reader = openRawStream(port, `/api/v1/generations/${generationId}/events?after=${after}`)
        await new Promise((arrived) => reader.socket.once('data', arrived))
        reader.socket.pause()
        silent.push(reader)
      }
      const watching = setInterval(() => (peakBytes = Math.max(peakBytes, memoryOf(api))), 20)
      // They catch up until nobody takes any more.
      await delay(500)
      open.resolve()
      return () => clearInterval(watching)
    })
    expect(silent).toHaveLength(SILENT_READERS)
    expect(peakBytes - beforeBytes).toBeLessThan(SILENT_READERS * MOST_BYTES_PER_READER + GARBAGE_BYTES)
    expect(beside.ms).toBeLessThan(3 * alone.ms + 5_000)
    const last = silent.at(-1)
    last?.socket.resume()
    await last?.until('"type":"end"')
    const ids = [...(last?.body() ?? '').matchAll(/^id: 1-(\d+)$/gm)].map((match) => Number(match[1]))
    const first = beside.cursors.indexOf(`1-${ids[0]}`)
    expect(ids).toEqual(beside.cursors.slice(first).map((cursor) => Number(cursor.slice(2))))
    for (const { socket } of silent) socket.destroy()
  },
)

/** One answer, read by one reader to its end; `atHalf` is called once the first half of it was read. */
async function follow(
  baseUrl: string,
  atHalf?: (generationId: string, cursors: string[]) => Promise<() => void>,
): Promise<{ ms: number; cursors: string[] }> {
  const { generationId } = await ask(baseUrl, 'write much', 'openai/big')
  const cursors: string[] = []
  let characters = 0
  let half: Promise<() => void> | undefined
  const startedAt = performance.now()
  let pausedMs = 0
  const { answer } = await followToEnd(baseUrl, generationId, ({ id, event }: Frame) => {
    cursors.push(id)
    if (event.type !== 'text-delta') return
    characters += event.text.length
    if (characters < HALF_DELTAS * DELTA_CHARACTERS || half || !atHalf) return
    const reachedAt = performance.now()
    half = atHalf(generationId, cursors).finally(() => (pausedMs = performance.now() - reachedAt))
  })
  const ms = performance.now() - startedAt - pausedMs
  const stop = await half
  stop?.()
  expect(plainText(answer.parts) === wholeText).toBe(true)
  return { ms, cursors }
}

/** What a process holds of the machine's memory. */
function memoryOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kilobytes) * 1024
}
