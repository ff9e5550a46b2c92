import { createServer } from 'node:http'
import { expect, test } from 'vitest'
import { formatToken } from './bench-token.ts'
import { listen } from './listen.ts'
import { openStream } from './open-stream.ts'
import { WIRE_FORMATS, type TargetKind } from './wire-format.ts'

const tokens = Array.from({ length: 6 }, (_, index) => formatToken(3, index, 1000 + index))

const frames: Record<TargetKind, (texts: readonly string[]) => string> = {
  floor: (texts) =>
    `${texts.map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`).join('')}data: [DONE]\n\n`,
  ours: (texts) =>
    `:\n\nevent: sent\ndata: {"message":{"parts":[{"type":"text","text":"stream=3"}]}}\n\n` +
    texts.map((text) => `id: 1-2\ndata: ${JSON.stringify({ type: 'text-delta', at: 1, text })}\n\n`).join('') +
    `id: 1-9\ndata: {"type":"end","status":"completed"}\n\n`,
}

/** Follows a server that answers with this body and tells what came of it. */
async function follow(kind: TargetKind, body: string, status = 200) {
  await using server = createServer((request, response) => {
    response.writeHead(status, { 'content-type': 'text/event-stream' })
    // Two writes: no frame may depend on where the bytes are cut.
    response.write(body.slice(0, 100))
    request.resume().on('end', () => response.end(body.slice(100)))
  })
  const target = { port: await listen(server), format: WIRE_FORMATS[kind], conversationId: 'c' }
  const sentMs: number[] = []
  const { promise, resolve } = Promise.withResolvers<readonly string[]>()
  openStream(
    target,
    { stream: 3, tokens: tokens.length, rate: 0 },
    { tokens: (sent) => void sentMs.push(...sent), over: resolve },
  )
  return { problems: await promise, sentMs }
}

test.each(['floor', 'ours'] as const)(
  '%s: a faultless stream has no problem and gives every send time',
  async (kind) => {
    const sentMs = [1000, 1001, 1002, 1003, 1004, 1005]
    expect(await follow(kind, frames[kind](tokens))).toEqual({ problems: [], sentMs })
  },
)

test('several tokens in one frame are taken one by one', async () => {
  const joined = [tokens.slice(0, 4).join(''), tokens.slice(4).join('')]
  expect((await follow('ours', frames.ours(joined))).problems).toEqual([])
})

test.each([
  ['lost', tokens.toSpliced(2, 1)],
  ['doubled', tokens.toSpliced(2, 0, tokens[2] ?? '')],
  ['swapped', tokens.with(2, tokens[3] ?? '').with(3, tokens[2] ?? '')],
])('%s tokens are noticed', async (_, wrong) => {
  for (const kind of ['floor', 'ours'] as const) {
    expect((await follow(kind, frames[kind](wrong))).problems).not.toEqual([])
  }
})

test('a stream without its end, a failed one and a refusal are problems', async () => {
  expect((await follow('floor', frames.floor(tokens).replace('data: [DONE]\n\n', ''))).problems).toEqual([
    'stream 3: the answer ended without its last event',
  ])
  expect((await follow('ours', frames.ours(tokens).replace('"completed"', '"failed"'))).problems[0]).toContain('failed')
  expect((await follow('ours', '{"code":"too-many-requests"}', 429)).problems[0]).toContain('status 429')
})
