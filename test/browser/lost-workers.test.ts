import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type App } from '../app/start-app.ts'
import { chatPage, type ChatPage } from './chat-page.ts'
import { choosingModel } from './choose-model.ts'
import { openBrowser, openPage } from './open-browser.ts'

const TOKENS = 80
const WHOLE_TEXT = Array.from({ length: TOKENS }, (_, index) => `t${index}`).join(' ')
const SCRIPT = `demo/script;tokens=${TOKENS};delay=25`

let browser: Browser
let app: App
beforeAll(async () => {
  browser = await openBrowser()
  app = await startApp({ env: { ALLOW_UNLISTED_MODELS: '1', DEFAULT_MODEL: SCRIPT } })
})
afterAll(async () => {
  await browser?.close()
  await app?.stop()
})

async function askOnPage(model = SCRIPT) {
  const { page } = await openPage(browser, app.baseUrl, choosingModel(app.baseUrl, model))
  const chat = chatPage(page)
  await chat.ask('count')
  return { page, chat }
}

test('P7: a worker killed in the middle shows attempt 2, and the superseded text can be opened', async () => {
  const { page, chat } = await askOnPage()
  await chat.waitForText('t20')
  killWorker()
  await page.locator('[data-testid=answer][data-attempt="2"]').waitFor()
  await chat.waitForStatus('completed')
  expect(await chat.answerText()).toBe(WHOLE_TEXT)
  await page.reload()
  await page.getByText('the worker was lost').waitFor()
  await page.getByTestId('superseded-open').click()
  const superseded = (await page.getByTestId('superseded-text').locator('p').innerText()).trim()
  expect(superseded).toContain('t20')
  expect(WHOLE_TEXT.startsWith(superseded)).toBe(true)
  await page.context().close()
})

test('P1, P7: a reload while the worker is replaced finds attempt 2, and says why there is one', async () => {
  const { page, chat } = await askOnPage()
  await chat.waitForText('t20')
  killWorker()
  await page.getByTestId('answer').getByText('worker was lost').first().waitFor()
  await page.reload()
  await page.getByText('Attempt 2 — the worker was lost').waitFor()
  await chat.waitForStatus('completed')
  expect(await chat.answerText()).toBe(WHOLE_TEXT)
  await page.context().close()
})

test('P7: an answer whose provider can resume it goes on where it was, and nothing is superseded', async () => {
  const { page, chat } = await askOnPage(`${SCRIPT};handle=1`)
  await chat.waitForText('t20')
  killWorker()
  await page.getByTestId('answer-state').filter({ hasText: 'attempt 2, resumed' }).waitFor()
  expect(await chat.answerText()).toMatch(/^t0 .*t20/)
  await chat.waitForStatus('completed')
  expect(await chat.answerText()).toBe(WHOLE_TEXT)
  expect(await page.getByTestId('superseded-open').count()).toBe(0)
  await page.context().close()
})

test('P5: after the last lost worker the longest attempt is kept by its number, and one can go on from it', async () => {
  const { page, chat } = await askOnPage('demo/script;tokens=400;delay=40')
  await loseWorkerAt(chat, 1, 't4')
  await loseWorkerAt(chat, 2, 't24')
  await loseWorkerAt(chat, 3, 't2')
  await chat.waitForStatus('failed')
  const kept = /Kept the text of attempt (\d), the longest of 3/.exec(await chat.answer().innerText())?.[1]
  await page.getByTestId('superseded-open').click()
  const others = page.getByTestId('superseded-text')
  expect(await others.locator('h4').allInnerTexts()).toEqual(
    ['1', '2', '3'].filter((attempt) => attempt !== kept).map((attempt) => `Text of attempt ${attempt}`),
  )
  const text = await chat.answerText()
  for (const other of await others.locator('p').allInnerTexts()) {
    expect(other.length).toBeLessThan(text.length)
    expect(text.startsWith(other.trim())).toBe(true)
  }
  await page.getByTestId('continue').click()
  await page.getByTestId('question').nth(1).filter({ hasText: 'Continue' }).waitFor()
  await page.getByTestId('answer').nth(1).waitFor()
  expect(await page.getByTestId('continue').count()).toBe(0)
  await page.context().close()
})

function killWorker(): void {
  for (const pid of app.workerPids()) process.kill(pid, 'SIGKILL')
}

async function loseWorkerAt(chat: ChatPage, attempt: number, token: string): Promise<void> {
  await chat.page.locator(`[data-testid=answer][data-attempt="${attempt}"]`).waitFor()
  await chat.waitForText(token)
  killWorker()
}
