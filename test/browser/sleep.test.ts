import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { ConversationView } from '#protocol/api/conversations.ts'
import { startBreakableNetwork } from '../app/breakable-network.ts'
import { post } from '../app/chat.ts'
import { startApp, type App } from '../app/start-app.ts'
import { chatPage } from './chat-page.ts'
import { freezePage } from './freeze-page.ts'
import { openBrowser, openPage } from './open-browser.ts'

const TOKENS = 60
const TEXT = Array.from({ length: TOKENS }, (_, index) => `t${index}`).join(' ')
const SLOW = `demo/script;tokens=${TOKENS};delay=40`
const QUICK = 'demo/script;tokens=4;delay=1'
/** "Within seconds", on a machine that is busy with other tests. */
const SECONDS = { timeout: 8_000 }

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

const withWorker = () => undefined
const withoutWorker = () => void Reflect.deleteProperty(window, 'SharedWorker')

test.each([
  ['a shared worker', withWorker],
  ['an elected tab', withoutWorker],
])('P2: a page that slept through it all shows it when it wakes, without a reload (%s)', async (how, prepare) => {
  const title = `Begun elsewhere beside ${how}`
  await using network = await startBreakableNetwork(app.baseUrl)
  const { page, faults } = await openPage(browser, 'about:blank')
  await page.addInitScript(prepare)
  const conversation = await post<ConversationView>(`${app.baseUrl}/api/v1/conversations`, {})
  await page.goto(`${network.baseUrl}/c/${conversation.id}`)
  await page.getByTestId('composer').waitFor()
  await say(conversation, 'first question', SLOW)
  const chat = chatPage(page)
  await chat.waitForText('t3 ')

  const thaw = await freezePage(page)
  network.cut()
  // Meanwhile another device goes on.
  await say(conversation, 'asked elsewhere', QUICK)
  const other = await post<ConversationView>(`${app.baseUrl}/api/v1/conversations`, { title })
  await say(other, 'hello', QUICK)
  await settled(conversation, other)
  network.restore()
  await thaw()

  await page.getByText(title).first().waitFor(SECONDS)
  await page.getByText('asked elsewhere').first().waitFor(SECONDS)
  await chat.waitForStatus('completed')
  await page.getByTestId('answer').nth(1).waitFor(SECONDS)
  expect((await page.getByTestId('answer-text').first().innerText()).trim()).toBe(TEXT)
  expect(faults.filter((fault) => fault.startsWith('error'))).toEqual([])
  await page.context().close()
})

test('what came while the page was held in the back/forward cache is there when it is shown again', async () => {
  const { page } = await openPage(browser, app.baseUrl)
  const conversation = await post<ConversationView>(`${app.baseUrl}/api/v1/conversations`, {})
  await page.goto(`${app.baseUrl}/c/${conversation.id}`)
  await page.getByTestId('composer').waitFor()
  await say(conversation, 'before', QUICK)
  await chatPage(page).waitForStatus('completed')
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true })))
  await say(conversation, 'while it was away', QUICK)
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
  await page.getByText('while it was away').first().waitFor(SECONDS)
  await page.context().close()
})

/** All that was asked is answered. */
async function settled(...conversations: ConversationView[]): Promise<void> {
  for (const { id } of conversations)
    await vi.waitFor(async () => {
      const response = await fetch(`${app.baseUrl}/api/v1/conversations/${id}`)
      expect(await response.json()).toMatchObject({ running: 0, queued: 0 })
    }, SECONDS)
}

async function say({ id }: ConversationView, text: string, model: string): Promise<void> {
  await post(`${app.baseUrl}/api/v1/conversations/${id}/messages`, { parts: [{ type: 'text', text }], model })
}
