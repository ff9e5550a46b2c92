import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMillraceClient } from '#client/create-millrace-client.ts'
import type { FeedItem } from '#client/feed-item.ts'
import { createFeedSource } from '#client/feed-source.ts'
import { followOver } from '#client/follow-over.ts'
import type { Followed } from '#client/follow.ts'
import { createSharedFeed } from '#client/shared-feed.ts'
import { emptyAnswer, fold } from '#protocol/fold.ts'
import { plainText } from '#protocol/messages.ts'
import { startBreakableNetwork } from '../app/breakable-network.ts'
import { startApp, type App } from '../app/start-app.ts'

let app: App
beforeAll(async () => {
  app = await startApp({ env: { ALLOW_UNLISTED_MODELS: '1' } })
})
afterAll(async () => await app?.stop())

const scriptOf = (tokens: number) => ({
  model: `demo/script;tokens=${tokens};delay=20`,
  text: Array.from({ length: tokens }, (_, index) => `t${index} `).join(''),
})

test('the feed brings eight answers whole and every change once over a network that breaks again and again', async () => {
  await using network = await startBreakableNetwork(app.baseUrl)
  const client = clientOf(network.baseUrl)
  const { feed, items, stop } = open(client)
  const script = scriptOf(100)
  const sent = await Promise.all(Array.from({ length: 8 }, () => ask(script.model)))
  const answers = sent.map(({ generationId }) =>
    read(followOver(feed, generationId, { signal: AbortSignal.timeout(30_000) })),
  )
  const device = clientOf(app.baseUrl)
  const { conversationId } = sent[0]!
  for (let round = 1; round <= 8; round += 1) {
    network.cut()
    await device.updateConversation(conversationId, { title: `round ${round}` })
    network.restore()
    await until(items, (item) => item.type === 'conversation' && item.conversation.title === `round ${round}`)
  }
  const texts = await Promise.all(answers)
  expect(texts).toEqual(sent.map(() => script.text))
  await until(
    items,
    (item) =>
      item.type === 'conversation' &&
      item.conversation.id === sent.at(-1)!.conversationId &&
      item.conversation.running === 0,
  )
  const revisions = items.flatMap((item) => (item.type === 'conversation' ? [item.conversation.revision] : []))
  expect(revisions).toEqual([...new Set(revisions)].sort((a, b) => a - b))
  expect(
    items
      .filter(({ type }) => type === 'connection')
      .slice(1)
      .every((item) => 'state' in item && (item.state === 'lost' || item.resumed)),
  ).toBe(true)
  stop()
})

test('a late reader gets the whole answer while another is in the middle, and a cancel reaches both', async () => {
  const client = clientOf(app.baseUrl)
  const { feed, stop } = open(client)
  const { generationId } = await ask(scriptOf(2_000).model)
  const signal = AbortSignal.timeout(30_000)
  const early = Promise.withResolvers<string>()
  const one = read(followOver(feed, generationId, { signal }), (text) => text.includes('t20 ') && early.resolve(text))
  const begun = await early.promise
  const late = Promise.withResolvers<string>()
  const two = read(followOver(feed, generationId, { signal }), (text) => text.startsWith(begun) && late.resolve(text))
  await late.promise
  await client.cancel(generationId)
  expect((await one).startsWith(begun)).toBe(true)
  expect(await two).toBe(await one)
  stop()
})

test('what is done on one device is told on another: a title, a deletion, its undoing', async () => {
  const device = clientOf(app.baseUrl)
  const { items, stop } = open(clientOf(app.baseUrl))
  await until(items, ({ type }) => type === 'live')
  const { id } = await device.createConversation({})
  await device.updateConversation(id, { title: 'Mill' })
  await until(items, (item) => item.type === 'conversation' && item.conversation.title === 'Mill')
  await device.deleteConversation(id)
  await until(items, (item) => item.type === 'removed' && item.id === id)
  const before = items.length
  await device.updateConversation(id, { deleted: false })
  await until(items, (item, index) => index >= before && item.type === 'conversation' && item.conversation.id === id)
  stop()
})

function clientOf(baseUrl: string) {
  return createMillraceClient({ baseUrl, fetch, backoff: { firstMs: 5, mostMs: 50 } })
}

function open(client: ReturnType<typeof clientOf>) {
  const items: FeedItem[] = []
  const feed = createSharedFeed(createFeedSource({ client }))
  const { close } = feed.subscribe((item) => items.push(item))
  return { feed, items, stop: close }
}

async function ask(model: string): Promise<{ conversationId: string; generationId: string }> {
  const client = clientOf(app.baseUrl)
  const conversation = await client.createConversation({})
  const key = { idempotencyKey: crypto.randomUUID() }
  const reply = await client.send(conversation.id, { parts: [{ type: 'text', text: 'count' }], model }, key)
  if ('queued' in reply) throw new Error('it was to start at once')
  return { conversationId: conversation.id, generationId: reply.generations[0]!.id }
}

async function read(
  followed: AsyncIterable<Followed>,
  onText: (text: string) => unknown = () => undefined,
): Promise<string> {
  let answer = emptyAnswer()
  for await (const item of followed) {
    if (item.type !== 'event') continue
    answer = fold(answer, item.event)
    onText(plainText(answer.parts))
  }
  return plainText(answer.parts)
}

async function until(items: readonly FeedItem[], found: (item: FeedItem, index: number) => boolean): Promise<void> {
  const deadline = Date.now() + 20_000
  while (!items.some(found)) {
    if (Date.now() > deadline) throw new Error(`not told: ${JSON.stringify(items.slice(-5))}`)
    await delay(10)
  }
}
