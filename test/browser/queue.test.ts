import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MessagePage } from '#protocol/api/messages.ts'
import type { TurnQueue } from '#protocol/api/queue.ts'
import { plainText, type MessagePart } from '#protocol/messages.ts'
import { ask } from '../app/chat.ts'
import { startApp, type App } from '../app/start-app.ts'
import { chatPage } from './chat-page.ts'
import { choosingModel } from './choose-model.ts'
import { openBrowser, openPage } from './open-browser.ts'

const PATIENCE = { timeout: 30_000 }
/** Writes until it is stopped, as far as a test is concerned. */
const SLOW = 'demo/script;tokens=5000;delay=40'
const SHORT = 'demo/script;tokens=20;delay=10'

let browser: Browser
let app: App
beforeAll(async () => {
  browser = await openBrowser()
  app = await startApp({ env: { DEFAULT_MODEL: SLOW, ALLOW_UNLISTED_MODELS: '1', MAX_RUNNING_PER_USER: '64' } })
})
afterAll(async () => {
  await browser?.close()
  await app?.stop()
})

interface Opening {
  model?: string
  url?: string
  /** It hears nothing of what is done elsewhere, only the replies to its own requests. */
  stale?: boolean
}

async function openChat({ model = SLOW, url = app.baseUrl, stale = false }: Opening = {}) {
  const { page } = await openPage(browser, app.baseUrl, choosingModel(app.baseUrl, model))
  if (stale) {
    // A worker's own connection could not be intercepted: without workers the page opens it.
    await page.addInitScript('delete window.SharedWorker')
    await page.route('**/api/v1/events*', (route) => route.abort())
  }
  if (stale || url !== app.baseUrl) await page.goto(url)
  return { page, chat: chatPage(page) }
}

/** A conversation whose answer is being written, and questions that wait behind it. */
async function openWithQueue(texts: string[], opening: Opening = {}) {
  const opened = await openChat(opening)
  await opened.chat.ask('first')
  if (!opening.stale) await opened.chat.waitForText('t3')
  for (const text of texts) await enqueue(opened.page, text)
  return opened
}

async function enqueue(page: Page, text: string): Promise<void> {
  await page.getByTestId('composer').fill(text)
  await page.getByTestId('composer').press('Enter')
  await turn(page, text).waitFor(PATIENCE)
}

function turn(page: Page, text: string) {
  return page.getByTestId('queued-turn').filter({ hasText: text })
}

function waiting(page: Page): Promise<string[]> {
  return page.getByTestId('queued-turn').allInnerTexts()
}

function conversationOf(page: Page): string {
  return `${app.baseUrl}/api/v1/conversations/${page.url().split('/').at(-1)}`
}

async function queueOf(page: Page): Promise<TurnQueue['items']> {
  return ((await (await fetch(`${conversationOf(page)}/queue`)).json()) as TurnQueue).items
}

async function messagesOf(page: Page): Promise<MessagePage['messages']> {
  return ((await (await fetch(`${conversationOf(page)}/messages`)).json()) as MessagePage).messages
}

async function questionsOf(page: Page): Promise<string[]> {
  const asked = (await messagesOf(page)).filter(({ role }) => role === 'user')
  return asked.map(({ parts }) => plainText(parts as MessagePart[]))
}

describe('the queue of a conversation', () => {
  test('P17: what is sent while an answer is written survives a restart of the server and is sent one by one, in order', async () => {
    await using restarted = await startApp({ env: { DEFAULT_MODEL: SHORT, ALLOW_UNLISTED_MODELS: '1' } })
    const { conversationId } = await ask(restarted.baseUrl, 'first', 'demo/script;tokens=400;delay=20')
    const conversation = `${restarted.baseUrl}/c/${conversationId}`
    const { page } = await openPage(browser, conversation)
    await page.getByTestId('question').waitFor(PATIENCE)
    for (const text of ['second', 'third']) await enqueue(page, text)
    const other = await openPage(browser, conversation)
    await expect.poll(() => waiting(other.page), PATIENCE).toEqual(['second', 'third'])
    for (const pid of [...restarted.workerPids(), restarted.apiPid()]) process.kill(pid, 'SIGKILL')
    const url = `${restarted.baseUrl}/api/v1/conversations/${conversationId}/messages`
    const read = async () => ((await (await fetch(url)).json()) as MessagePage).messages
    let mostAtOnce = 0
    await expect
      .poll(async () => {
        const messages = await read().catch(() => [])
        const writing = messages.filter(({ role, answer }) => role === 'assistant' && answer === null)
        mostAtOnce = Math.max(mostAtOnce, writing.length)
        return messages.filter(({ answer }) => answer?.status === 'completed').length
      }, PATIENCE)
      .toBe(3)
    expect(mostAtOnce).toBe(1)
    const messages = await read()
    const asked = messages.filter(({ role }) => role === 'user')
    expect(asked.map(({ parts }) => plainText(parts as MessagePart[]))).toEqual(['first', 'second', 'third'])
    for (const { page: each } of [{ page }, other]) {
      await expect
        .poll(() => each.getByTestId('question').allInnerTexts(), PATIENCE)
        .toEqual(['first', 'second', 'third'])
      await expect.poll(() => each.getByTestId('queue').count(), PATIENCE).toBe(0)
    }
    await page.context().close()
    await other.page.context().close()
  })

  test('one can be edited, moved with keys and pointer, withdrawn and put back', async () => {
    const { page } = await openWithQueue(['one', 'two', 'three'])
    await turn(page, 'two').getByTestId('edit-turn').click()
    await page.getByTestId('turn-editor').fill('two, in other words')
    await page.getByTestId('turn-editor').press('Enter')
    await turn(page, 'two, in other words').waitFor(PATIENCE)

    await turn(page, 'three').getByTestId('drag').focus()
    await page.keyboard.press('ArrowUp')
    await expect.poll(() => waiting(page), PATIENCE).toEqual(['one', 'three', 'two, in other words'])
    // The focus goes along with what was moved.
    await page.keyboard.press('ArrowUp')
    await expect.poll(() => textsOf(queueOf(page)), PATIENCE).toEqual(['three', 'one', 'two, in other words'])

    // Hovering waits until the row has come to rest.
    await turn(page, 'three').getByTestId('drag').hover()
    const { x, y } = (await turn(page, 'three').getByTestId('drag').boundingBox())!
    await page.mouse.down()
    await page.mouse.move(x + 8, y + 120, { steps: 8 })
    await page.mouse.up()
    await expect.poll(() => textsOf(queueOf(page)), PATIENCE).toEqual(['one', 'two, in other words', 'three'])

    await turn(page, 'one').getByTestId('withdraw').click()
    await expect.poll(() => textsOf(queueOf(page)), PATIENCE).toEqual(['two, in other words', 'three'])
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => textsOf(queueOf(page)), PATIENCE).toEqual(['two, in other words', 'three', 'one'])
    await page.context().close()
  })

  test('is held when its answer is stopped, with the reason in words, until the next is sent by hand', async () => {
    const { page, chat } = await openWithQueue(['next'])
    await page.getByTestId('composer').press('Escape')
    await chat.waitForStatus('cancelled')
    const state = page.getByTestId('queue-state')
    await state.filter({ hasText: 'Held: the answer before was stopped' }).waitFor(PATIENCE)
    expect(await questionsOf(page)).toEqual(['first'])
    await page.getByTestId('send-next').click()
    await page.getByTestId('question').filter({ hasText: 'next' }).waitFor(PATIENCE)
    await expect.poll(() => page.getByTestId('queue').count(), PATIENCE).toBe(0)
    expect(await questionsOf(page)).toEqual(['first', 'next'])
    await page.context().close()
  })

  test('an edit that another device has overtaken shows both texts and loses none', async () => {
    const { page } = await openWithQueue(['mine'], { stale: true })
    const [queued] = await queueOf(page)
    await turn(page, 'mine').getByTestId('edit-turn').click()
    await page.getByTestId('turn-editor').fill('mine, edited')
    await patchTurn(page, queued!.id, 'theirs')
    await page.getByTestId('save-turn').click()
    await page.getByTestId('turn-conflict').filter({ hasText: 'theirs' }).waitFor(PATIENCE)
    expect(await page.getByTestId('turn-editor').inputValue()).toBe('mine, edited')
    await page.getByTestId('save-turn').click()
    await expect.poll(() => textsOf(queueOf(page)), PATIENCE).toEqual(['mine, edited'])
    await page.context().close()
  })

  test('an edit of a question that was withdrawn elsewhere keeps its text', async () => {
    const { page } = await openWithQueue(['going away'], { stale: true })
    const [queued] = await queueOf(page)
    await turn(page, 'going away').getByTestId('edit-turn').click()
    await page.getByTestId('turn-editor').fill('worth keeping')
    await fetch(`${conversationOf(page)}/queue/${queued!.id}`, { method: 'DELETE' })
    await page.getByTestId('save-turn').click()
    const orphan = page.getByTestId('orphaned-edit')
    await orphan.filter({ hasText: 'worth keeping' }).waitFor(PATIENCE)
    await orphan.getByRole('button', { name: 'Put in the field' }).click()
    expect(await page.getByTestId('composer').inputValue()).toBe('worth keeping')
    await page.context().close()
  })
})

describe('sending', () => {
  test('P12: two stale tabs write at the same time: none is lost, each lands on the branch that it meant', async () => {
    const { page, chat } = await openChat({ model: SHORT })
    await chat.ask('root')
    await chat.waitForStatus('completed')
    const one = await openChat({ model: SHORT, url: page.url(), stale: true })
    const two = await openChat({ model: SHORT, url: page.url(), stale: true })
    for (const { chat: each } of [one, two]) await each.waitForStatus('completed')
    // What the tabs see from now on is what they saw then.
    for (const { page: each } of [one, two]) await cutFromNews(each)
    const [, answer] = await messagesOf(page)
    await Promise.all(
      [one, two].map(async ({ page: each }, index) => {
        await each.getByTestId('composer').fill(`from tab ${index + 1}`)
        await each.getByTestId('composer').press('Enter')
      }),
    )
    await expect
      .poll(async () => (await questionsOf(page)).toSorted(), PATIENCE)
      .toEqual(['from tab 1', 'from tab 2', 'root'])
    const written = (await messagesOf(page)).filter(({ role, parentId }) => role === 'user' && parentId !== null)
    expect(written.map(({ parentId }) => parentId)).toEqual([answer?.id, answer?.id])
    for (const { page: each } of [one, two]) await each.context().close()
    await page.context().close()
  })

  test('a question that fails stays with Retry and Edit, and is asked once', async () => {
    const { page, chat } = await openChat({ model: SHORT })
    await chat.ask('root')
    await chat.waitForStatus('completed')
    const refuse = await failingSends(page)
    await page.getByTestId('composer').fill('stubborn')
    await page.getByTestId('composer').press('Enter')
    await page.getByText('Not sent.').waitFor(PATIENCE)
    await page.reload()
    await page.getByTestId('edit-failed').waitFor(PATIENCE)
    await page.getByTestId('edit-failed').click()
    expect(await page.getByTestId('composer').inputValue()).toBe('stubborn')
    await page.getByTestId('composer').fill('stubborn, edited')
    await page.getByTestId('composer').press('Enter')
    await page.getByText('Not sent.').waitFor(PATIENCE)
    refuse.stop()
    await page.getByTestId('retry').last().click()
    await expect.poll(() => questionsOf(page), PATIENCE).toEqual(['root', 'stubborn, edited'])
    await expect.poll(() => page.getByText('Not sent.').count(), PATIENCE).toBe(0)
    await page.context().close()
  })

  test('P11: a question of a tab that is closed before the server answered is sent by another one, once', async () => {
    const { page, chat } = await openChat({ model: SHORT })
    await chat.ask('root')
    await chat.waitForStatus('completed')
    const closing = await page.context().newPage()
    await closing.goto(page.url())
    await chatPage(closing).waitForStatus('completed')
    // The server gets it, the tab never hears of that.
    const reached = Promise.withResolvers<void>()
    await closing.route('**/messages', async (route) => {
      if (route.request().method() !== 'POST') return route.fallback()
      await route.fetch()
      reached.resolve()
    })
    await closing.getByTestId('composer').fill('left behind')
    await closing.getByTestId('composer').press('Enter')
    await reached.promise
    await closing.close()
    await expect.poll(() => page.evaluate(() => Object.keys(localStorage).join()), PATIENCE).not.toContain('outbox')
    expect(await questionsOf(page)).toEqual(['root', 'left behind'])
    await page.getByTestId('question').filter({ hasText: 'left behind' }).waitFor(PATIENCE)
    await page.context().close()
  })
})

async function textsOf(items: Promise<TurnQueue['items']>): Promise<string[]> {
  return (await items).map(({ parts }) => plainText(parts))
}

async function patchTurn(page: Page, turnId: string, text: string): Promise<void> {
  await fetch(`${conversationOf(page)}/queue/${turnId}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ parts: [{ type: 'text', text }] }),
  })
}

/** Lets nothing through but what the page sends. */
async function cutFromNews(page: Page): Promise<void> {
  await page
    .context()
    .route('**/api/v1/**', (route) => (route.request().method() === 'GET' ? route.abort() : route.fallback()))
}

async function failingSends(page: Page): Promise<{ stop: () => void }> {
  let refusing = true
  await page.context().route('**/messages', (route) => {
    if (!refusing || route.request().method() !== 'POST') return route.fallback()
    const body = JSON.stringify({ code: 'queue-full', status: 409, title: 'Full', detail: 'Full.' })
    return route.fulfill({ status: 409, contentType: 'application/problem+json', body })
  })
  return { stop: () => (refusing = false) }
}
