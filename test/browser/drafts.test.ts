import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApp, type App } from '../app/start-app.ts'
import { chatPage } from './chat-page.ts'
import { openBrowser, openPage } from './open-browser.ts'

const PATIENCE = { timeout: 30_000 }

let browser: Browser
let app: App
beforeAll(async () => {
  browser = await openBrowser()
  app = await startApp({ env: { DEFAULT_MODEL: 'demo/script;tokens=5', ALLOW_UNLISTED_MODELS: '1' } })
})
afterAll(async () => {
  await browser?.close()
  await app?.stop()
})

async function openConversation() {
  const { page } = await openPage(browser, app.baseUrl)
  const chat = chatPage(page)
  await chat.ask('root')
  await chat.waitForStatus('completed')
  return { page, chat, composer: page.getByTestId('composer') }
}

test('P23: a draft survives a reload at once after the last key, and a switch to another conversation', async () => {
  const { page, composer } = await openConversation()
  await composer.fill('half a thought')
  await page.reload()
  await expect.poll(() => composer.inputValue(), PATIENCE).toBe('half a thought')
  await page.getByTestId('new-chat').first().click()
  await expect.poll(() => composer.inputValue(), PATIENCE).toBe('')
  await composer.pressSequentially('another')
  await page.goBack()
  await expect.poll(() => composer.inputValue(), PATIENCE).toBe('half a thought')
  await page.context().close()
})

test('P23: what is typed is kept until the server has it: a send that never gets there survives the reload', async () => {
  const { page, composer } = await openConversation()
  await page
    .context()
    .route('**/messages', (route) =>
      route.request().method() === 'POST' ? new Promise<void>(() => undefined) : route.fallback(),
    )
  await composer.fill('not there yet')
  await composer.press('Enter')
  await page.getByTestId('question').filter({ hasText: 'not there yet' }).waitFor(PATIENCE)
  await page.context().unrouteAll({ behavior: 'ignoreErrors' })
  await page.reload()
  await page.getByTestId('question').filter({ hasText: 'not there yet' }).waitFor(PATIENCE)
  await expect.poll(() => page.getByTestId('answer').count(), PATIENCE).toBe(2)
  expect(await composer.inputValue()).toBe('')
  await page.context().close()
})

test('P23: of two drafts that two tabs type for the same conversation none is dropped', async () => {
  const { page, composer } = await openConversation()
  const other = await page.context().newPage()
  await other.goto(page.url())
  const otherComposer = other.getByTestId('composer')
  await otherComposer.pressSequentially('from the other tab')
  await expect.poll(() => composer.inputValue(), PATIENCE).toBe('from the other tab')
  // Both at the same moment, before either tab has heard of the other.
  await Promise.all([composer.fill('typed here'), otherComposer.fill('typed there')])
  const texts = async () => {
    const shown = [await composer.inputValue(), await otherComposer.inputValue()]
    const kept = await page.evaluate(() => Object.values(localStorage).join('\n'))
    return [...shown, kept].join('\n')
  }
  await expect.poll(texts, PATIENCE).toContain('typed there')
  expect(await texts()).toContain('typed here')
  await page.context().close()
})

test('an edited question keeps its draft across a reload, and arrow-up in the empty field begins one', async () => {
  const { page, composer } = await openConversation()
  await composer.press('ArrowUp')
  const editor = page.getByTestId('question-editor')
  expect(await editor.inputValue()).toBe('root')
  await editor.fill('root, in other words')
  await page.reload()
  await expect.poll(() => editor.inputValue(), PATIENCE).toBe('root, in other words')
  await editor.press('Enter')
  await page.getByTestId('question').filter({ hasText: 'root, in other words' }).waitFor(PATIENCE)
  await page.getByLabel('Version 2 of 2').waitFor(PATIENCE)
  await page.context().close()
})

test('P23: what is typed while a first question is on its way goes along to its conversation', async () => {
  const { page } = await openPage(browser, app.baseUrl)
  const composer = page.getByTestId('composer')
  const released = Promise.withResolvers<void>()
  await page.route('**/api/v1/conversations', async (route) => {
    if (route.request().method() === 'POST') await released.promise
    await route.fallback()
  })
  await composer.fill('root')
  await composer.press('Enter')
  await composer.pressSequentially('and the nex')
  released.resolve()
  await page.waitForURL('**/c/*')
  await composer.pressSequentially('t thing')
  await expect.poll(() => composer.inputValue(), PATIENCE).toBe('and the next thing')
  await page.getByTestId('new-chat').first().click()
  await expect.poll(() => composer.inputValue(), PATIENCE).toBe('')
  await page.context().close()
})
