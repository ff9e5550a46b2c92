import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBreakableNetwork } from '../app/breakable-network.ts'
import { startApp, type App } from '../app/start-app.ts'
import { chatPage } from './chat-page.ts'
import { openBrowser, openPage } from './open-browser.ts'

const PATIENCE = { timeout: 30_000 }

let browser: Browser
let app: App
beforeAll(async () => {
  browser = await openBrowser()
  app = await startApp({ env: { ALLOW_UNLISTED_MODELS: '1', DEFAULT_MODEL: 'demo/script;tokens=4;delay=1' } })
})
afterAll(async () => {
  await browser?.close()
  await app?.stop()
})

test('questions that were asked without a network are sent by themselves once there is one, in order and once', async () => {
  await using network = await startBreakableNetwork(app.baseUrl)
  const { page } = await openPage(browser, network.baseUrl)
  const chat = chatPage(page)
  await chat.ask('with a network')
  await chat.waitForStatus('completed')

  network.cut()
  const composer = page.getByTestId('composer')
  for (const text of ['without one', 'and one more']) {
    await composer.fill(text)
    await composer.press('Enter')
  }
  // Long enough that it is given up, and said.
  const unsent = page.getByTestId('edit-failed')
  await unsent.first().waitFor(PATIENCE)
  network.restore()

  await expect.poll(() => unsent.count(), PATIENCE).toBe(0)
  await expect
    .poll(() => page.getByTestId('question').allInnerTexts(), PATIENCE)
    .toEqual(['with a network', 'without one', 'and one more'])
  await expect.poll(() => page.locator('[data-testid=answer][data-status=completed]').count(), PATIENCE).toBe(3)
  await page.context().close()
})
