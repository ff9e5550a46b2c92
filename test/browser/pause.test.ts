import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { MessagePage } from '#protocol/api/messages.ts'
import { startApp, type App } from '../app/start-app.ts'
import { chatPage, type ChatPage } from './chat-page.ts'
import { openBrowser, openPage } from './open-browser.ts'

const TOKENS = 120
const WHOLE_TEXT = Array.from({ length: TOKENS }, (_, index) => `t${index}`).join(' ')
const PATIENCE = { timeout: 30_000 }

let browser: Browser
let app: App
let dataDir: string
beforeAll(async () => {
  browser = await openBrowser()
  dataDir = mkdtempSync(join(tmpdir(), 'millrace-'))
  app = await start()
})
afterEach(async () => {
  await Promise.all((browser?.contexts() ?? []).map((context) => context.close()))
})
afterAll(async () => {
  await browser?.close()
  await app?.stop()
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 })
})

function start(port?: number): Promise<App> {
  const env = { DEFAULT_MODEL: `demo/script;tokens=${TOKENS};delay=25`, ALLOW_UNLISTED_MODELS: '1' }
  return startApp({ dataDir, env, ...(port === undefined ? {} : { port }) })
}

/** A page on which an answer is held in its middle, and the text that stood there then. */
async function heldInTheMiddle() {
  const { page } = await openPage(browser, app.baseUrl)
  const chat = chatPage(page)
  await chat.ask('count')
  await chat.waitForText('t20')
  await page.getByTestId('pause').click()
  await page.getByTestId('resume').waitFor(PATIENCE)
  await expect.poll(() => pausedAt(chat), PATIENCE).toMatch(/^\d+-\d+$/)
  const held = await chat.answerText()
  expect(WHOLE_TEXT.startsWith(held) && held.length < WHOLE_TEXT.length).toBe(true)
  return { page, chat, held }
}

async function reopened(chat: ChatPage, held: string) {
  await chat.page.getByTestId('resume').waitFor(PATIENCE)
  await expect.poll(() => chat.answerText(), PATIENCE).toBe(held)
}

async function pausedAt(chat: ChatPage): Promise<string | null | undefined> {
  const id = new URL(chat.page.url()).pathname.split('/').at(-1)
  const response = await fetch(`${app.baseUrl}/api/v1/conversations/${id}/messages`)
  const { messages } = (await response.json()) as MessagePage
  return messages.at(-1)?.generation?.pausedAt
}

test('the text is held while the log goes on, also after a reload; Resume shows all of it', async () => {
  const { page, chat, held } = await heldInTheMiddle()
  await expect.poll(() => chat.state(), PATIENCE).toMatch(/^Paused, \d+ tokens waiting/)
  const grown = await recordGrowth(chat)
  await chat.waitForStatus('completed')
  expect(await grown()).toBe(0)
  expect(await chat.answerText()).toBe(held)
  const behind = TOKENS - held.split(' ').length
  await expect.poll(() => chat.state(), PATIENCE).toBe(`Paused, the answer is complete, ${behind} tokens waiting`)
  await page.reload()
  await reopened(chat, held)
  await expect.poll(() => chat.state(), PATIENCE).toBe(`Paused, the answer is complete, ${behind} tokens waiting`)
  await page.getByTestId('resume').click()
  await expect.poll(() => chat.answerText(), PATIENCE).toBe(WHOLE_TEXT)
  expect(await page.getByTestId('held').count()).toBe(0)
  await page.reload()
  await expect.poll(() => chat.answerText(), PATIENCE).toBe(WHOLE_TEXT)
})

test('a killed worker and then a restart of everything leave the text held where it was', async () => {
  const { page, chat, held } = await heldInTheMiddle()
  const [worker] = app.workerPids()
  process.kill(worker!, 'SIGKILL')
  await page.locator('[data-testid=answer][data-attempt="2"]').waitFor(PATIENCE)
  await expect.poll(() => chat.state(), PATIENCE).toMatch(/^Paused, attempt 2 has begun anew, \d+ tokens? waiting/)
  expect(await chat.answerText()).toBe(held)
  const port = Number(new URL(app.baseUrl).port)
  await app.stop()
  app = await start(port)
  await page.reload()
  await reopened(chat, held)
  await chat.waitForStatus('completed')
  expect(await chat.answerText()).toBe(held)
  await page.getByTestId('resume').click()
  await expect.poll(() => chat.answerText(), PATIENCE).toBe(WHOLE_TEXT)
  expect(await page.getByTestId('superseded-open').count()).toBe(1)
})

test('Stop while it is held stops the model, and the text stays until Resume', async () => {
  const { page, chat, held } = await heldInTheMiddle()
  await expect.poll(() => chat.state(), PATIENCE).toMatch(/\d+ tokens waiting/)
  await page.getByTestId('stop').click()
  await chat.waitForStatus('cancelled')
  await expect.poll(() => chat.state(), PATIENCE).toMatch(/^Paused, stopped by you, \d+ tokens? waiting$/)
  expect(await chat.answerText()).toBe(held)
  await page.getByTestId('resume').click()
  await expect.poll(async () => (await chat.answerText()).length, PATIENCE).toBeGreaterThan(held.length)
  expect(WHOLE_TEXT.startsWith(await chat.answerText())).toBe(true)
  expect(await chat.state()).toMatch(/^Stopped by you/)
})

test('the keyboard holds it and lets it go, and no screen reader is told what is held', async () => {
  const { page } = await openPage(browser, app.baseUrl)
  const chat = chatPage(page)
  await chat.ask('count')
  await chat.waitForText('t20')
  await page.keyboard.press('Alt+p')
  await page.getByTestId('resume').waitFor(PATIENCE)
  const held = await chat.answerText()
  expect(await page.evaluate(() => document.activeElement?.getAttribute('data-testid'))).toBe('resume')
  await chat.waitForStatus('completed')
  const told = await page.getByTestId('announcer').innerText()
  expect(told.split(' ').every((word) => held.includes(word.trim()))).toBe(true)
  await page.keyboard.press('Alt+p')
  await expect.poll(() => chat.answerText(), PATIENCE).toBe(WHOLE_TEXT)
  await expect.poll(() => page.getByTestId('announcer').innerText(), PATIENCE).toContain(`t${TOKENS - 1}`)
})

test('another device shows the hold, and Resume there lets it go here', async () => {
  const { page, chat, held } = await heldInTheMiddle()
  const { page: otherPage } = await openPage(browser, page.url())
  const other = chatPage(otherPage)
  await reopened(other, held)
  await otherPage.getByTestId('resume').click()
  await expect.poll(() => other.answerText(), PATIENCE).toBe(WHOLE_TEXT)
  await expect.poll(() => chat.answerText(), PATIENCE).toBe(WHOLE_TEXT)
  expect(await page.getByTestId('held').count()).toBe(0)
})

/** Counts how often the shown text of the newest answer changes from now on. */
async function recordGrowth(chat: ChatPage): Promise<() => Promise<number>> {
  await chat.answer().evaluate((answer) => {
    const text = answer.querySelector('[data-testid=answer-text]')!
    const counted = answer as HTMLElement
    counted.dataset['changes'] = '0'
    new MutationObserver((changes) => {
      counted.dataset['changes'] = String(Number(counted.dataset['changes']) + changes.length)
    }).observe(text, { childList: true, characterData: true, subtree: true })
  })
  return async () => Number(await chat.answer().getAttribute('data-changes'))
}
