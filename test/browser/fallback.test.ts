import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ModelList } from '#protocol/api/models.ts'
import { FAILURES_TO_OPEN } from '#server/worker/circuit-breaker.ts'
import { ask, followToEnd } from '../app/chat.ts'
import { startApp, type App } from '../app/start-app.ts'
import { CHAT_END, chatEvent, startScriptedUpstream, type ScriptedUpstream } from '../upstream/scripted-upstream.ts'
import { chatPage } from './chat-page.ts'
import { choosingModel } from './choose-model.ts'
import { openBrowser, openPage } from './open-browser.ts'

const listOf = (id: string) => JSON.stringify({ object: 'list', data: [{ id, object: 'model' }] })
const LIMITED = JSON.stringify({ error: { message: 'Slow down, please.', code: 'rate_limit_exceeded' } })

describe('where a provider fails before its first word', () => {
  let browser: Browser
  let limited: ScriptedUpstream
  let broken: ScriptedUpstream
  let folder: string
  let app: App

  beforeAll(async () => {
    browser = await openBrowser()
    limited = await startScriptedUpstream((request, response) => {
      if (request.method === 'GET') response.end(listOf('gpt-large'))
      else response.writeHead(429, { 'retry-after': '60' }).end(LIMITED)
    })
    broken = await startScriptedUpstream((request, response) => {
      if (request.method === 'GET') response.end(listOf('some-model'))
      else if (request.body.includes('choosy')) response.end(chatEvent({ content: 'Here.' }) + CHAT_END)
      else response.writeHead(500).end('{"error":{"message":"Out of order."}}')
    })
    folder = mkdtempSync(join(tmpdir(), 'millrace-fallback-'))
    const file = join(folder, 'providers.json')
    const instance = { kind: 'openai-chat', apiKey: 'sk-x' }
    writeFileSync(
      file,
      JSON.stringify([
        { ...instance, id: 'busy', baseUrl: `${limited.url}/v1` },
        { ...instance, id: 'broken', baseUrl: `${broken.url}/v1` },
        { ...instance, id: 'choosy', vendor: 'perplexity', baseUrl: `${broken.url}/v1` },
      ]),
    )
    app = await startApp({
      env: {
        PROVIDERS_FILE: file,
        ALLOW_UNLISTED_MODELS: '1',
        FALLBACK_MODELS: 'nobody/knows-it, busy/gpt-large, demo/chat',
      },
    })
    await untilListed(app, ['busy/gpt-large', 'broken/some-model', 'choosy/some-model'])
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await app?.stop()
    await Promise.all([limited?.stop(), broken?.stop()])
    if (folder) rmSync(folder, { recursive: true })
  })

  test('the page says who answers instead and why, also after a reload, and asks the first again next time', async () => {
    const { page } = await openPage(browser, app.baseUrl, choosingModel(app.baseUrl, 'busy/gpt-large'))
    const chat = chatPage(page)
    await chat.ask('hello')
    await chat.waitForStatus('completed')
    const says = 'Switched to the demo model because gpt-large is rate-limited'
    expect(await chat.answer().getByTestId('switched').innerText()).toBe(says)
    expect(await chat.state()).toContain('Simulated by the demo model')
    await page.reload()
    await chat.waitForStatus('completed')
    expect(await chat.answer().getByTestId('switched').innerText()).toBe(says)
    expect(await page.getByTestId('model-picker').innerText()).toContain('gpt-large')

    const questions = () => limited.requests.filter(({ method }) => method === 'POST').length
    const before = questions()
    await chat.ask('and again')
    await vi.waitFor(() => expect(questions()).toBe(before + 1))
    await page.getByTestId('switched').nth(1).waitFor()
    expect(await chat.answer().getByTestId('switched').innerText()).toBe(says)
    await page.context().close()
  })

  test('a provider that failed in a row is passed over at once, and that is said too', async () => {
    const failures = () => broken.requests.filter(({ path }) => path.endsWith('/chat/completions')).length
    while (failures() < FAILURES_TO_OPEN) {
      const asked = await ask(app.baseUrl, 'hello', 'broken/some-model')
      await followToEnd(app.baseUrl, asked.generationId)
    }
    const before = failures()
    const { page } = await openPage(browser, app.baseUrl, choosingModel(app.baseUrl, 'broken/some-model'))
    const chat = chatPage(page)
    await chat.ask('hello')
    await chat.waitForStatus('completed')
    expect(await chat.answer().getByTestId('switched').innerText()).toBe(
      'Switched to the demo model because the provider of some-model had an error',
    )
    expect(failures()).toBe(before)
    await page.context().close()
  })

  test('what the model did not take is said under its answer', async () => {
    const asked = await ask(app.baseUrl, 'hello', 'choosy/choosy', { options: { seed: 1, stop: ['END'] } })
    const { answer } = await followToEnd(app.baseUrl, asked.generationId)
    expect(answer.leftOut).toEqual(['stop', 'seed'])
    const { page } = await openPage(browser, `${app.baseUrl}/c/${asked.conversationId}`)
    const chat = chatPage(page)
    await chat.waitForStatus('completed')
    expect(await chat.answer().getByTestId('left-out').innerText()).toBe(
      'Not taken by this model and left out: stop sequences, seed',
    )
    await page.context().close()
  })

  test('names that mean nobody are told in the log, and are no reason not to start', () => {
    expect(app.output()).toMatch(/nobody\/knows-it.*FALLBACK_MODELS names models that nobody has/)
  })
})

/** Until then the page offers the default model in place of one that was chosen before. */
async function untilListed(app: App, ids: readonly string[]): Promise<void> {
  await vi.waitFor(async () => {
    const { models } = (await (await fetch(`${app.baseUrl}/api/v1/models`)).json()) as ModelList
    expect(models.map(({ id }) => id)).toEqual(expect.arrayContaining([...ids]))
  })
}
