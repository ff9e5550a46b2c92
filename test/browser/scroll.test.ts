import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { MessagePage } from '#protocol/api/messages.ts'
import { ask, followToEnd, post } from '../app/chat.ts'
import { startApp, type App } from '../app/start-app.ts'
import { chatPage } from './chat-page.ts'
import { openBrowser, openPage } from './open-browser.ts'

const PATIENCE = { timeout: 30_000 }
const LONG = 'demo/script;tokens=600;delay=0'
const LONGER = 'demo/script;tokens=900;delay=0'

let browser: Browser
let app: App
beforeAll(async () => {
  browser = await openBrowser()
  app = await startApp({ env: { DEFAULT_MODEL: LONG, ALLOW_UNLISTED_MODELS: '1' } })
})
afterEach(async () => {
  await Promise.all((browser?.contexts() ?? []).map((context) => context.close()))
})
afterAll(async () => {
  await browser?.close()
  await app?.stop()
})

async function openConversation(conversationId: string) {
  const { page } = await openPage(browser, `${app.baseUrl}/c/${conversationId}`)
  const chat = chatPage(page)
  await chat.waitForText('t3')
  return { page, chat }
}

async function addVersion(messageId: string, how: 'retry' | 'edit', model: string): Promise<void> {
  const body = how === 'retry' ? { model } : { model, parts: [{ type: 'text', text: 'in other words' }] }
  const response = await fetch(`${app.baseUrl}/api/v1/messages/${messageId}/${how}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() },
    body: JSON.stringify(body),
  })
  const { generations } = (await response.json()) as { generations: { id: string }[] }
  await followToEnd(app.baseUrl, generations[0]!.id)
}

/** Three long turns; the last question and its answer have two versions each. */
async function conversationWithVersions(): Promise<string> {
  const first = await ask(app.baseUrl, 'first', LONG)
  await followToEnd(app.baseUrl, first.generationId)
  const messages = `${app.baseUrl}/api/v1/conversations/${first.conversationId}/messages`
  for (const text of ['second', 'third']) {
    const sent = await post<{ generations: { id: string }[] }>(messages, {
      parts: [{ type: 'text', text }],
      model: LONG,
    })
    await followToEnd(app.baseUrl, sent.generations[0]!.id)
  }
  const { messages: all } = (await (await fetch(messages)).json()) as MessagePage
  await addVersion(all.findLast(({ role }) => role === 'user')!.id, 'edit', LONGER)
  const { messages: edited } = (await (await fetch(messages)).json()) as MessagePage
  await addVersion(edited.findLast(({ role }) => role === 'assistant')!.id, 'retry', LONG)
  return first.conversationId
}

test('switching between versions of a question or an answer leaves the reader where they are', async () => {
  const { page } = await openConversation(await conversationWithVersions())
  const scroller = page.locator('.thread-scroller')
  const scrollTop = () => scroller.evaluate((element) => Math.round(element.scrollTop))
  const scrollHeight = () => scroller.evaluate((element) => element.scrollHeight)
  await expect.poll(scrollTop, PATIENCE).toBeGreaterThan(500)
  // Of the question, at the top of the view in which the conversation opened.
  const opened = await scrollTop()
  await page.getByRole('button', { name: 'Previous version' }).first().click()
  await page.getByRole('group', { name: 'Version 1 of 2' }).first().waitFor(PATIENCE)
  expect(await scrollTop()).toBe(opened)
  await page.getByRole('button', { name: 'Next version' }).first().click()
  await page.getByRole('group', { name: 'Version 2 of 2' }).first().waitFor(PATIENCE)
  expect(await scrollTop()).toBe(opened)
  // Of the answer, below it, reached with the scrollbar.
  const read = await scroller.evaluate((element) =>
    Math.round((element.scrollTop = element.scrollHeight - element.clientHeight - 60)),
  )
  const height = await scrollHeight()
  await page.getByRole('button', { name: 'Previous version' }).nth(1).dispatchEvent('click')
  await expect.poll(scrollHeight, PATIENCE).toBeGreaterThan(height)
  expect(await scrollTop()).toBe(read)
})

test('P14: turns that are asked elsewhere do not move a reader further up in a long conversation', async () => {
  const { conversationId, generationId } = await ask(app.baseUrl, 'turn 1', LONG)
  await followToEnd(app.baseUrl, generationId)
  const messages = `${app.baseUrl}/api/v1/conversations/${conversationId}/messages`
  const askNext = async (number: number) => {
    const parts = [{ type: 'text', text: `turn ${number}` }]
    const sent = await post<{ generations: { id: string }[] }>(messages, {
      parts,
      model: 'demo/script;tokens=90;delay=0',
    })
    await followToEnd(app.baseUrl, sent.generations[0]!.id)
  }
  for (let number = 2; number <= 21; number += 1) await askNext(number)
  const { page } = await openConversation(conversationId)
  await page.getByRole('button', { name: 'Show the turn before' }).waitFor(PATIENCE)
  const scroller = page.locator('.thread-scroller')
  await scroller.evaluate((element) => (element.scrollTop = 1000))
  const reading = page.getByTestId('question').filter({ hasText: 'turn 9' })
  const before = (await reading.boundingBox())!.y
  for (const number of [22, 23]) await askNext(number)
  await page.getByTestId('question').filter({ hasText: 'turn 23' }).waitFor(PATIENCE)
  expect((await reading.boundingBox())!.y).toBe(before)
})

test('typing several lines below an answer that is being written goes on following it', async () => {
  const { conversationId } = await ask(app.baseUrl, 'go on', 'demo/script;tokens=4000;delay=4')
  const { page, chat } = await openConversation(conversationId)
  const scroller = page.locator('.thread-scroller')
  const scrolls = () => scroller.evaluate(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)
  await expect.poll(scrolls, PATIENCE).toBeGreaterThan(200)
  await page.getByTestId('composer').click()
  for (const line of ['one', 'two', 'three', 'four']) {
    await page.keyboard.type(line)
    await page.keyboard.press('Shift+Enter')
  }
  const written = (await chat.answerText()).length
  await expect.poll(async () => (await chat.answerText()).length, PATIENCE).toBeGreaterThan(written + 800)
  expect(await page.getByRole('button', { name: 'Jump to latest' }).count()).toBe(0)
  expect(
    await scroller.evaluate(({ scrollHeight, clientHeight, scrollTop }) => scrollHeight - clientHeight - scrollTop),
  ).toBeLessThan(60)
})
