import type { Browser, Page } from 'playwright-core'
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

async function openConversation(question: string) {
  const { page } = await openPage(browser, app.baseUrl)
  const chat = chatPage(page)
  await chat.ask(question)
  await chat.waitForStatus('completed')
  const item = page.getByTestId('conversation-item').filter({ hasText: question })
  await item.waitFor(PATIENCE)
  return { page, item }
}

async function choose(page: Page, action: 'Rename' | 'Delete'): Promise<void> {
  await page.getByTestId('conversation-item').first().hover()
  await page
    .getByRole('button', { name: /^Options for/ })
    .first()
    .click()
  await page.getByRole('menuitem', { name: action }).click()
}

/** Refuses these requests for the conversation itself until it is told to stop. */
async function refuse(page: Page, method: 'PATCH' | 'DELETE'): Promise<() => void> {
  let refusing = true
  await page.route(/\/api\/v1\/conversations\/[^/]+$/, (route) => {
    if (!refusing || route.request().method() !== method) return route.fallback()
    const body = JSON.stringify({ code: 'internal', status: 422, title: 'No', detail: 'No.' })
    return route.fulfill({ status: 422, contentType: 'application/problem+json', body })
  })
  return () => (refusing = false)
}

test('a name that could not be saved is taken back, in words', async () => {
  const { page, item } = await openConversation('to be renamed')
  await refuse(page, 'PATCH')
  await choose(page, 'Rename')
  await page.getByLabel('Name of the conversation').fill('a better name')
  await page.keyboard.press('Enter')
  await page.getByText('The new name could not be saved.').waitFor(PATIENCE)
  await item.waitFor(PATIENCE)
  expect(await page.getByTestId('conversation-item').filter({ hasText: 'a better name' }).count()).toBe(0)
  await page.context().close()
})

test('a conversation that could not be deleted is there again, and open where it was', async () => {
  const { page, item } = await openConversation('to be deleted')
  const url = page.url()
  await refuse(page, 'DELETE')
  await choose(page, 'Delete')
  await page.getByText('The conversation could not be deleted.').waitFor(PATIENCE)
  await item.waitFor(PATIENCE)
  await page.waitForURL(url)
  await page.context().close()
})

test('an undo that did not reach the server is offered again', async () => {
  const { page, item } = await openConversation('to be restored')
  const url = page.url()
  const letThrough = await refuse(page, 'PATCH')
  await choose(page, 'Delete')
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('The conversation could not be restored.').waitFor(PATIENCE)
  letThrough()
  await page.getByRole('button', { name: 'Try again' }).click()
  await item.waitFor(PATIENCE)
  await page.goto(url)
  await page.getByTestId('question').waitFor(PATIENCE)
  await page.context().close()
})
