import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { ConversationView } from '#protocol/api/conversations.ts'
import type { MessagePage } from '#protocol/api/messages.ts'
import { plainText, type MessagePart } from '#protocol/messages.ts'
import { startBreakableNetwork } from '../app/breakable-network.ts'
import { post } from '../app/chat.ts'
import { startApp, type App } from '../app/start-app.ts'
import { chatPage, type ChatPage } from './chat-page.ts'
import { freezePage } from './freeze-page.ts'
import { openBrowser } from './open-browser.ts'

const TABS = 10
const STREAMS = 8
const PATIENCE = { timeout: 30_000, interval: 50 }

let browser: Browser
let app: App
beforeAll(async () => {
  browser = await openBrowser()
  app = await startApp({ env: { ALLOW_UNLISTED_MODELS: '1' } })
})
afterAll(async () => {
  await browser?.close()
  await app?.stop()
})

test('P1: ten tabs on one conversation with eight streams all show the whole text, over few connections', async () => {
  await using network = await startBreakableNetwork(app.baseUrl)
  const context = await browser.newContext()
  const conversation = await newConversation()
  const { tabs, streamsOf } = await openTabs(context, network.baseUrl, conversation, TABS)
  const script = scriptOf({ tokens: 150, delayMs: 40 })
  await ask(
    conversation,
    'count',
    Array.from({ length: STREAMS }, () => script.model),
  )
  await Promise.all(tabs.map((tab) => tab.waitForText('t1 ')))
  for (let reload = 0; reload < 4; reload += 1) {
    const tab = tabs[Math.floor(Math.random() * tabs.length)]!
    await tab.page.reload()
    await tab.waitForText('t1 ')
  }
  await vi.waitFor(() => expect(network.connections()).toBeLessThanOrEqual(6), PATIENCE)
  await Promise.all(tabs.map((tab) => tab.waitForStatus('completed')))
  expect(await Promise.all(tabs.map((tab) => tab.answerText()))).toEqual(tabs.map(() => script.text))
  expect(await storedTexts(conversation)).toEqual(Array.from({ length: STREAMS }, () => `${script.text} `))
  expect(streamsOf()).toEqual([])
  await context.close()
})

test.concurrent.each([
  ['closed', (page: Page) => page.close()],
  ['frozen', (page: Page) => freezePage(page)],
])('without a shared worker the tabs go on when the one that leads is %s', async (_how, away) => {
  const context = await browser.newContext()
  await context.addInitScript(() => Reflect.deleteProperty(window, 'SharedWorker'))
  const conversation = await newConversation()
  const { tabs, streamsOf } = await openTabs(context, app.baseUrl, conversation, 4)
  const script = scriptOf({ tokens: 130, delayMs: 40 })
  await ask(conversation, 'count', [script.model])
  await Promise.all(tabs.map((tab) => tab.waitForText('t5 ')))
  const [leader, ...others] = streamsOf()
  expect(leader).toBeDefined()
  expect(others).toEqual([])
  await away(leader!)
  const rest = tabs.filter(({ page }) => page !== leader)
  await Promise.all(rest.map((tab) => tab.waitForStatus('completed')))
  expect(await Promise.all(rest.map((tab) => tab.answerText()))).toEqual(rest.map(() => script.text))
  // Whoever went their own way meanwhile shares again.
  const next = scriptOf({ tokens: 3, delayMs: 1 })
  const before = streamsOf().length
  await ask(conversation, 'again', [next.model])
  await Promise.all(rest.map((tab) => tab.waitForText('t2')))
  expect(streamsOf().length).toBe(before)
  await context.close()
})

async function openTabs(context: BrowserContext, baseUrl: string, conversation: ConversationView, count: number) {
  const streams = new Set<Page>()
  context.on('request', (request) => {
    if (/\/events(\?|$)/.test(request.url())) streams.add(request.frame().page())
  })
  const open = async (): Promise<ChatPage> => {
    const page = await context.newPage()
    await page.goto(`${baseUrl}/c/${conversation.id}`)
    await page.getByTestId('composer').waitFor()
    return chatPage(page)
  }
  const tabs: ChatPage[] = []
  for (let index = 0; index < count; index += 1) tabs.push(await open())
  // Tabs that have opened a stream of their own.
  return { tabs, streamsOf: () => [...streams] }
}

function scriptOf({ tokens, delayMs }: { tokens: number; delayMs: number }) {
  const text = Array.from({ length: tokens }, (_, index) => `t${index}`).join(' ')
  return { model: `demo/script;tokens=${tokens};delay=${delayMs}`, text }
}

function newConversation(): Promise<ConversationView> {
  return post(`${app.baseUrl}/api/v1/conversations`, {})
}

async function ask({ id }: ConversationView, text: string, models: string[]): Promise<void> {
  await post(`${app.baseUrl}/api/v1/conversations/${id}/messages`, { parts: [{ type: 'text', text }], models })
}

async function storedTexts({ id }: ConversationView): Promise<string[]> {
  return await vi.waitFor(async () => {
    const response = await fetch(`${app.baseUrl}/api/v1/conversations/${id}/messages`)
    const answers = ((await response.json()) as MessagePage).messages.filter(({ role }) => role === 'assistant')
    expect(answers.every(({ answer }) => answer !== null)).toBe(true)
    return answers.map(({ parts }) => plainText(parts as MessagePart[]))
  }, PATIENCE)
}
