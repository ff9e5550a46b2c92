import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBreakableNetwork } from '../app/breakable-network.ts'
import { startApp, type App } from '../app/start-app.ts'
import { chatPage } from './chat-page.ts'
import { openBrowser, openPage } from './open-browser.ts'

const TOKENS = 120
const WHOLE_TEXT = Array.from({ length: TOKENS }, (_, index) => `t${index}`).join(' ')
const SCRIPT = `demo/script;tokens=${TOKENS};delay=25`

let browser: Browser
let app: App
beforeAll(async () => {
  browser = await openBrowser()
  app = await startApp({ env: { DEFAULT_MODEL: SCRIPT, ALLOW_UNLISTED_MODELS: '1' } })
})
afterAll(async () => {
  await browser?.close()
  await app?.stop()
})

async function openChat() {
  const { page, faults } = await openPage(browser, app.baseUrl, {
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  return { page, faults, chat: chatPage(page) }
}

test('P1: reloads at random points lose nothing: the final text is byte-equal', async () => {
  const { page, chat } = await openChat()
  await chat.ask('count')
  for (const token of [3 + Math.floor(Math.random() * 30), 45 + Math.floor(Math.random() * 50)]) {
    await chat.waitForText(`t${token}`)
    await page.reload()
  }
  await chat.waitForStatus('completed')
  expect((await chat.copied()).trim()).toBe(WHOLE_TEXT)
  expect(await chat.answerText()).toBe(WHOLE_TEXT)
  expect(await chat.answer().getAttribute('data-attempt')).toBe('1')
  await page.context().close()
})

test('a second tab shows the same answer while it is written', async () => {
  const { page, chat } = await openChat()
  await chat.ask('count')
  await chat.waitForText('t5')
  const second = chatPage(await page.context().newPage())
  await second.page.goto(page.url())
  await second.waitForText('t10')
  await second.waitForStatus('completed')
  await chat.waitForStatus('completed')
  expect(await second.answerText()).toBe(WHOLE_TEXT)
  expect(await chat.answerText()).toBe(WHOLE_TEXT)
  await page.context().close()
})

test('a network drop in the middle is caught up without a gap', async () => {
  await using network = await startBreakableNetwork(app.baseUrl)
  const { page } = await openPage(browser, network.baseUrl)
  const chat = chatPage(page)
  await chat.ask('count')
  await chat.waitForText('t10')
  network.cut()
  await page.waitForTimeout(700)
  const held = await chat.answerText()
  expect(WHOLE_TEXT.startsWith(held) && held.length < WHOLE_TEXT.length).toBe(true)
  network.restore()
  await chat.waitForStatus('completed')
  expect(await chat.answerText()).toBe(WHOLE_TEXT)
  // Read from the start again it would look like a second attempt.
  expect(await page.getByTestId('superseded-open').count()).toBe(0)
  await page.context().close()
})

test('Stop stops the model and keeps what was written', async () => {
  const { page, chat } = await openChat()
  await chat.ask('count')
  await chat.waitForText('t10')
  await page.getByTestId('stop').click()
  await chat.waitForStatus('cancelled')
  const kept = await chat.answerText()
  expect(kept).toContain('t10')
  expect(WHOLE_TEXT.startsWith(kept)).toBe(true)
  expect(await chat.state()).toMatch(/stopped/i)
  await page.reload()
  await chat.waitForStatus('cancelled')
  expect(await chat.answerText()).toBe(kept)
  await page.context().close()
})

test('P7: with the API killed in the middle the page comes back to the same attempt', async () => {
  const { page, chat } = await openChat()
  await chat.ask('count')
  await chat.waitForText('t20')
  process.kill(app.apiPid()!, 'SIGKILL')
  await chat.waitForStatus('completed')
  expect(await chat.answerText()).toBe(WHOLE_TEXT)
  expect(await chat.answer().getAttribute('data-attempt')).toBe('1')
  expect(await page.getByTestId('superseded-open').count()).toBe(0)
  await page.context().close()
})
