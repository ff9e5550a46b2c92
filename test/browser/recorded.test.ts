import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { startApp, type App } from '../app/start-app.ts'
import { hasWireRecordings, listRecordings } from '../wire/recordings.ts'
import { startReplayServer, type ReplayServer } from '../wire/replay-server.ts'
import { chatPage } from './chat-page.ts'
import { openBrowser, openPage } from './open-browser.ts'

const RECORDING = 'dev/openai-chat/text-gpt4omini'

describe.skipIf(!hasWireRecordings)('a recorded answer of a real provider', () => {
  let browser: Browser
  let replay: ReplayServer
  let app: App

  beforeAll(async () => {
    browser = await openBrowser()
    replay = await startReplayServer()
    app = await startApp({
      env: {
        OPENAI_BASE_URL: `${replay.url}/v1`,
        ALLOW_UNLISTED_MODELS: '1',
        DEFAULT_MODEL: `openai/replay:${RECORDING};delay=150`,
      },
    })
  })
  afterAll(async () => {
    await browser?.close()
    await app?.stop()
    await replay?.[Symbol.asyncDispose]()
  })

  async function openChat() {
    const { page } = await openPage(browser, app.baseUrl, { permissions: ['clipboard-read', 'clipboard-write'] })
    return chatPage(page)
  }

  test('is shown to the letter, with a reload while it arrives', async () => {
    const expected = listRecordings('chat').find(({ id }) => id === RECORDING)?.expected.text ?? ''
    const chat = await openChat()
    await chat.ask('What is the capital of the UK?')
    await chat.waitForStatus('running')
    await chat.waitForText(expected.slice(0, 3))
    await chat.page.reload()
    await chat.waitForStatus('completed')
    expect(await chat.copied()).toBe(expected)
    expect((await replay.stats()).requests).toBe(1)
  })

  test('P3: Stop on the page closes the connection to the provider', async () => {
    const before = (await replay.stats()).aborted
    const chat = await openChat()
    await chat.ask('What is the capital of the UK?')
    await chat.waitForStatus('running')
    await chat.page.getByTestId('stop').click()
    await chat.waitForStatus('cancelled')
    await vi.waitFor(async () => expect((await replay.stats()).aborted).toBe(before + 1))
  })
})
