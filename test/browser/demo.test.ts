import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type App } from '../app/start-app.ts'
import { chatPage } from './chat-page.ts'
import { openBrowser, openPage } from './open-browser.ts'

let browser: Browser
let app: App
beforeAll(async () => {
  browser = await openBrowser()
  app = await startApp()
})
afterAll(async () => {
  await browser?.close()
  await app?.stop()
})

test.each([
  ['hello', 'demo'],
  ['code', 'function'],
  ['streaming', 'token'],
  ['explain', 'worker'],
])('"%s" is answered token by token, without an error or a foreign request', async (question, mention) => {
  const { page, faults } = await openPage(browser, app.baseUrl)
  const chat = chatPage(page)
  await chat.ask(question)
  await chat.waitForStatus('running')
  const lengths = new Set<number>()
  while (!(await chat.answer().getAttribute('data-status'))?.startsWith('completed')) {
    lengths.add((await chat.answerText().catch(() => '')).length)
    await page.waitForTimeout(60)
  }
  expect(lengths.size).toBeGreaterThan(5)
  expect((await chat.answerText()).toLowerCase()).toContain(mention)
  expect(faults).toEqual([])
  await page.context().close()
})

test('on a phone nothing is wider than the screen', async () => {
  const { page } = await openPage(browser, app.baseUrl, { viewport: { width: 390, height: 844 }, isMobile: true })
  const chat = chatPage(page)
  await chat.ask('code')
  await chat.waitForStatus('completed')
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
  expect(overflow).toBeLessThanOrEqual(0)
  await page.context().close()
})

test('P14: the view goes along with the writing, and moves by nothing once the reader scrolled up', async () => {
  const { page } = await openPage(browser, app.baseUrl, { viewport: { width: 1000, height: 420 } })
  const chat = chatPage(page)
  await chat.ask('code')
  await chat.waitForText('source.close')
  const caret = page.locator('.thread-scroller')
  const place = () => caret.evaluate((scroller) => [scroller.scrollTop, scroller.scrollHeight - scroller.clientHeight])
  await expect.poll(place).toSatisfy(([top, end]: number[]) => (top ?? 0) > 0 && top === end)
  await caret.hover()
  await page.mouse.wheel(0, -80)
  await page.waitForTimeout(100)
  const [before] = await place()
  await chat.waitForStatus('completed')
  const [after, end] = await place()
  expect(after).toBe(before)
  expect(end).toBeGreaterThan(after ?? 0)
  await page.context().close()
})
