import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MessagePage, MessageView } from '#protocol/api/messages.ts'
import { plainText, type MessagePart } from '#protocol/messages.ts'
import { activePath } from '../../web/store/message-tree.ts'
import { post } from '../app/chat.ts'
import { startApp, type App } from '../app/start-app.ts'
import { chatPage, type ChatPage } from './chat-page.ts'
import { choosingModel } from './choose-model.ts'
import { openBrowser, openPage } from './open-browser.ts'

const PATIENCE = { timeout: 40_000 }
const SLOW = 'demo/script;tokens=5000;delay=40'
const SHORT = 'demo/script;tokens=150;delay=20'

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

/** Two devices of one person: nothing is shared between them but the server. Neither is ever reloaded. */
async function twoDevices(model: string, question: string) {
  const here = await openPage(browser, app.baseUrl, choosingModel(app.baseUrl, model))
  const chat = chatPage(here.page)
  await chat.ask(question)
  await here.page.waitForURL('**/c/*')
  const there = await openPage(browser, app.baseUrl, choosingModel(app.baseUrl, model))
  await there.page.goto(here.page.url())
  await questions(there.page, [question])
  return { here: chat, there: chatPage(there.page) }
}

async function questions(page: Page, expected: string[]): Promise<void> {
  await expect.poll(() => page.getByTestId('question').allInnerTexts(), PATIENCE).toEqual(expected)
}

async function waiting(page: Page, expected: string[]): Promise<void> {
  await expect.poll(() => page.getByTestId('queued-turn').allInnerTexts(), PATIENCE).toEqual(expected)
}

async function send({ page }: ChatPage, text: string): Promise<void> {
  await page.getByTestId('composer').fill(text)
  await page.getByTestId('composer').press('Enter')
}

function turn({ page }: ChatPage, text: string) {
  return page.getByTestId('queued-turn').filter({ hasText: text })
}

async function menuOf({ page }: ChatPage, title: string): Promise<void> {
  const item = page.getByTestId('conversation-item').filter({ hasText: title })
  await item.hover()
  await item.getByRole('button', { name: `Options for ${title}` }).click()
}

test('a pause, a stop and whatever is done with the queue on one device appear on the other', async () => {
  const { here, there } = await twoDevices(SLOW, 'first')
  await here.waitForText('t5')
  await here.page.getByTestId('pause').click()
  await there.page.getByTestId('held').waitFor(PATIENCE)
  await there.page.getByTestId('resume').click()
  await expect.poll(() => here.page.getByTestId('held').count(), PATIENCE).toBe(0)

  for (const text of ['one', 'two', 'three']) {
    await send(here, text)
    await turn(here, text).waitFor(PATIENCE)
  }
  await waiting(there.page, ['one', 'two', 'three'])

  await turn(there, 'two').getByTestId('edit-turn').click()
  await there.page.getByTestId('turn-editor').fill('two, edited there')
  await there.page.getByTestId('turn-editor').press('Enter')
  await waiting(here.page, ['one', 'two, edited there', 'three'])

  await turn(here, 'three').getByTestId('drag').focus()
  await here.page.keyboard.press('ArrowUp')
  await waiting(there.page, ['one', 'three', 'two, edited there'])

  await turn(there, 'one').getByTestId('withdraw').click()
  await waiting(here.page, ['three', 'two, edited there'])

  await here.page.getByTestId('stop').click()
  await there.waitForStatus('cancelled')
  await there.page.getByTestId('queue-state').filter({ hasText: 'Held' }).waitFor(PATIENCE)
  await there.page.getByTestId('send-next').click()
  for (const { page } of [here, there]) {
    await questions(page, ['first', 'three'])
    await waiting(page, ['two, edited there'])
  }
  await there.page.getByTestId('stop').click()
  await here.waitForStatus('cancelled')
  for (const { page } of [here, there]) await page.context().close()
})

test('retries, edited questions and chosen versions appear on the other device, but not while it edits', async () => {
  const { here, there } = await twoDevices(SHORT, 'root')
  await there.waitForStatus('completed')
  await here.waitForStatus('completed')
  await here.answer().getByTestId('retry').click()
  await there.answer().getByLabel('Version 2 of 2').waitFor(PATIENCE)

  await there.page.getByTestId('composer').press('ArrowUp')
  const editor = there.page.getByTestId('question-editor')
  await editor.fill('root, edited there')
  await here.waitForStatus('completed')
  await here.answer().getByRole('button', { name: 'Previous version' }).click()
  await there.page.getByText('Elsewhere this conversation went on').waitFor(PATIENCE)
  expect(await editor.inputValue()).toBe('root, edited there')
  await there.answer().getByLabel('Version 2 of 2').waitFor(PATIENCE)
  await editor.press('Enter')
  await questions(here.page, ['root, edited there'])
  await here.page.getByLabel('Version 2 of 2').first().waitFor(PATIENCE)

  await here.page.getByRole('button', { name: 'Previous version' }).first().click()
  await questions(there.page, ['root'])
  for (const { page } of [here, there]) await page.context().close()
})

test('a name, what is unread, a deletion and its undo appear on the other device', async () => {
  const { here, there } = await twoDevices(SHORT, 'to be deleted')
  await menuOf(here, 'to be deleted')
  await here.page.getByRole('menuitem', { name: 'Rename' }).click()
  await here.page.getByLabel('Name of the conversation').fill('renamed here')
  await here.page.keyboard.press('Enter')
  await there.page.getByTestId('conversation-item').filter({ hasText: 'renamed here' }).waitFor(PATIENCE)
  await expect.poll(() => there.page.title(), PATIENCE).toContain('renamed here')

  // An answer that ends while it is looked at nowhere is unread everywhere, until it is looked at somewhere.
  const unread = (page: Page) =>
    page.locator('[data-testid=conversation-item][data-unread=true]').filter({ hasText: 'renamed here' }).count()
  for (const { page } of [here, there]) {
    await page.getByTestId('new-chat').first().click()
    await page.waitForURL(`${app.baseUrl}/`)
  }
  const conversation = here.page.getByTestId('conversation-item').filter({ hasText: 'renamed here' })
  await retryElsewhere(await conversation.getByRole('link').getAttribute('href'))
  for (const { page } of [here, there]) await expect.poll(() => unread(page), PATIENCE).toBe(1)
  await conversation.click()
  for (const { page } of [here, there]) await expect.poll(() => unread(page), PATIENCE).toBe(0)
  await there.page.getByTestId('conversation-item').filter({ hasText: 'renamed here' }).click()
  await questions(there.page, ['to be deleted'])

  await there.page.getByTestId('composer').fill('typed meanwhile')
  await menuOf(here, 'renamed here')
  await here.page.getByRole('menuitem', { name: 'Delete' }).click()
  await there.page.getByTestId('deleted-notice').waitFor(PATIENCE)
  await here.page.getByRole('button', { name: 'Undo' }).click()
  await questions(there.page, ['to be deleted'])
  expect(await there.page.getByTestId('composer').inputValue()).toBe('typed meanwhile')
  await questions(here.page, ['to be deleted'])

  await menuOf(here, 'renamed here')
  await here.page.getByRole('menuitem', { name: 'Delete' }).click()
  await there.page.getByTestId('deleted-notice').getByRole('button', { name: 'Restore' }).click()
  await questions(there.page, ['to be deleted'])
  await here.page.getByTestId('conversation-item').filter({ hasText: 'renamed here' }).waitFor(PATIENCE)
  for (const { page } of [here, there]) await page.context().close()
})

test('with a worker and then the API killed in the middle both devices end with exactly what the server has', async () => {
  const { here, there } = await twoDevices(SHORT, 'first')
  await there.waitForText('t5')
  await send(here, 'from here')
  await turn(there, 'from here').waitFor(PATIENCE)
  for (const pid of app.workerPids()) process.kill(pid, 'SIGKILL')
  await send(there, 'from there')
  await turn(here, 'from there').waitFor(PATIENCE)
  process.kill(app.apiPid(), 'SIGKILL')
  await send(here, 'while it is down')
  const asked = ['first', 'from here', 'from there', 'while it is down']
  for (const { page } of [here, there]) await questions(page, asked)
  const url = `${app.baseUrl}/api/v1/conversations/${here.page.url().split('/').at(-1)}`
  await expect.poll(async () => statuses(await read(url)), PATIENCE).toEqual(asked.map(() => 'completed'))
  const path = activePath(await read(url), await leafOf(url)).map(({ message }) => message)
  const stored = path.map(textOf)
  for (const { page } of [here, there]) {
    await expect.poll(() => shown(page), PATIENCE).toEqual(stored)
    expect(await page.getByTestId('queue').count()).toBe(0)
    await page.context().close()
  }
})

/** Asks the first question of a conversation again, as a program would. */
async function retryElsewhere(path: string | null): Promise<void> {
  const url = `${app.baseUrl}/api/v1/conversations/${path?.split('/').at(-1)}`
  const [question] = await read(url)
  await post(`${app.baseUrl}/api/v1/messages/${question?.id}/retry`, { model: 'demo/script;tokens=5' })
}

async function read(url: string): Promise<MessageView[]> {
  return ((await (await fetch(`${url}/messages`)).json()) as MessagePage).messages
}

async function leafOf(url: string): Promise<string> {
  return ((await (await fetch(url)).json()) as { activeLeafId: string }).activeLeafId
}

function statuses(messages: MessageView[]): (string | undefined)[] {
  return messages.filter(({ role }) => role === 'assistant').map(({ answer }) => answer?.status)
}

/** Questions and answers from top to bottom. */
async function shown(page: Page): Promise<string[]> {
  const texts = await page.locator('[data-testid=question], [data-testid=answer-text]').allInnerTexts()
  return texts.map((text) => text.trim())
}

function textOf({ parts }: MessageView): string {
  return plainText(parts as MessagePart[]).trim()
}
