import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ModelList } from '#protocol/api/models.ts'
import { ask } from '../app/chat.ts'
import { startApp, type App } from '../app/start-app.ts'
import { counting, writeTinyGguf } from '../gguf/make-tiny-gguf.ts'
import { describeWithRuntime } from '../gguf/real-runtime.ts'
import { chatPage } from './chat-page.ts'
import { openBrowser, openPage } from './open-browser.ts'

const PATIENCE = { timeout: 20_000, interval: 100 }
const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
]

let browser: Browser
let folder: string

beforeAll(async () => {
  browser = await openBrowser()
  folder = mkdtempSync(join(tmpdir(), 'millrace-models-'))
  writeTinyGguf(join(folder, 'models/count.gguf'), { answer: counting(40) })
  writeTinyGguf(join(folder, 'models/endless.gguf'), { answer: counting(99), endless: true, contextLength: 32_768 })
})
afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

async function startWith(runtimeFolder: string): Promise<App> {
  const app = await startApp({ env: { MODELS_DIR: join(folder, 'models'), LLAMA_RUNTIME_DIR: runtimeFolder } })
  await vi.waitFor(async () => {
    const { providers } = (await (await fetch(`${app.baseUrl}/api/v1/models`)).json()) as ModelList
    expect(providers.find(({ id }) => id === 'local')?.status).toMatch(/up|down/)
  }, PATIENCE)
  return app
}

async function pick(page: Page, model: string): Promise<void> {
  await page.getByTestId('model-picker').click()
  await page.getByPlaceholder('Find a model').fill(model)
  await page.getByRole('option', { name: model }).click()
}

describeWithRuntime('a model that runs here', (runtimeFolder) => {
  let app: App

  beforeAll(async () => {
    app = await startWith(runtimeFolder)
  })
  afterAll(() => app?.stop())

  test('is picked, asked, and its text is shown to the letter', async () => {
    const { page, faults } = await openPage(browser, app.baseUrl, {
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    await pick(page, 'count')
    const chat = chatPage(page)
    await chat.ask('Count to forty, please')
    await chat.waitForStatus('completed')
    expect(await chat.copied()).toBe(counting(40).join(''))
    expect(await chat.state()).toContain('count')
    expect(faults).toEqual([])
  })

  test('of two questions the second waits for its turn, and Stop ends the first one alone', async () => {
    const pages = await Promise.all([0, 1].map(() => openPage(browser, app.baseUrl)))
    const [first, second] = pages.map(({ page }) => chatPage(page))
    if (!first || !second) throw new Error('two pages are needed')
    await pick(first.page, 'endless')
    await first.ask('On and on')
    await first.waitForText('5,')
    await pick(second.page, 'count')
    await second.ask('Count to forty, please')
    await first.page.getByTestId('stop').click()
    await first.waitForStatus('cancelled')
    expect(await first.state()).toContain('Stopped by you')
    await second.waitForStatus('completed')
    expect(await second.answerText()).toBe(counting(40).join(''))
  })
})

describe('where a file lies and nothing runs it', () => {
  let app: App

  beforeAll(async () => {
    mkdirSync(join(folder, 'empty'))
    app = await startWith(join(folder, 'empty'))
  })
  afterAll(() => app?.stop())

  test.each(SIZES)('the list of models says what to type, at $width px', async (viewport) => {
    const { page, faults } = await openPage(browser, app.baseUrl, {
      viewport,
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    await page.getByTestId('model-picker').click()
    await page.getByText('GGUF files cannot be used yet').waitFor()
    await page.getByText('count, endless can be run here once node-llama-cpp is installed.').waitFor()
    const command = page.locator('code', { hasText: 'npm install' })
    expect(await command.innerText()).toMatch(/^npm install --prefix \S+empty --omit=optional .* @node-llama-cpp\/\S+$/)
    // The whole of it is on the screen, and can be selected.
    expect(await command.evaluate((code) => code.scrollWidth <= code.clientWidth)).toBe(true)
    const box = await command.boundingBox()
    expect(box && box.x >= 0 && box.x + box.width <= viewport.width && box.y + box.height <= viewport.height).toBe(true)
    expect(await command.evaluate((code) => getComputedStyle(code).userSelect)).toBe('text')
    await page.getByRole('button', { name: 'Copy command' }).last().click()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await command.innerText())
    expect(faults).toEqual([])
  })

  test('a question to such a model fails with the same words', async () => {
    const { conversationId } = await ask(app.baseUrl, 'Count to forty, please', 'local/count')
    const { page } = await openPage(browser, `${app.baseUrl}/c/${conversationId}`)
    const chat = chatPage(page)
    await chat.waitForStatus('failed')
    expect(await chat.state()).toMatch(/can be run here once node-llama-cpp is installed\.[^]*npm install --prefix/)
  })
})
