import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ask, post } from '../app/chat.ts'
import { startApp, type App } from '../app/start-app.ts'
import { chatPage, type ChatPage } from './chat-page.ts'
import { choosingModel } from './choose-model.ts'
import { openBrowser, openPage } from './open-browser.ts'

const RUNNING_AT_ONCE = 4
const PATIENCE = { timeout: 30_000 }

let browser: Browser
let app: App
beforeAll(async () => {
  browser = await openBrowser()
  app = await startApp({
    env: {
      DEFAULT_MODEL: 'demo/script;tokens=5',
      ALLOW_UNLISTED_MODELS: '1',
      MAX_RUNNING_PER_USER: String(RUNNING_AT_ONCE),
    },
  })
})
afterAll(async () => {
  await browser?.close()
  await app?.stop()
})

const REFUSED = 'demo/script;tokens=5;fail=rate-limit;retry-after=100'

async function askOnPage(model: string, question = 'count') {
  const { page } = await openPage(browser, app.baseUrl, choosingModel(app.baseUrl, model))
  const chat = chatPage(page)
  await chat.ask(question)
  return { page, chat }
}

describe.concurrent('an answer that has to wait', () => {
  test('P25: a 429 is counted down where everybody sees it, and told to screen readers once', async ({ expect }) => {
    const { page, chat } = await askOnPage(REFUSED)
    const leftAtFirst = await secondsIn(chat, 'Rate-limited, trying again in')
    const announced = await recordTexts(page, 'state-announcer')
    await expect.poll(() => secondsIn(chat, 'trying again in'), PATIENCE).toBeLessThan(leftAtFirst - 1)
    expect(await chat.state()).not.toContain('429')
    await page.getByTestId('provider-words').click()
    expect(await chat.state()).toMatch(/The provider says: .*rate-limit.*\(429\)/)
    expect(await namelessControls(page)).toEqual([])
    await page.getByTestId('stop').click()
    await chat.waitForStatus('cancelled')
    await expect.poll(announced, PATIENCE).toContainEqual(expect.stringMatching(/^Stopped by you/))
    expect((await announced()).filter((text) => text.includes('trying again'))).toEqual([])
    await page.context().close()
  })

  test('P25: when the wait is over the answer comes', async ({ expect }) => {
    const { page, chat } = await askOnPage('demo/script;tokens=5;fail=overloaded;retry-after=1.5;fail-times=1')
    await chat.waitForStatus('completed')
    expect(await chat.answerText()).toBe('t0 t1 t2 t3 t4')
    expect(await chat.answer().getAttribute('data-attempt')).toBe('1')
    await page.context().close()
  })

  test('P1, P4: a wait goes on across a reload, and Stop in a second tab ends it at once in both', async ({
    expect,
  }) => {
    const { page, chat } = await askOnPage(REFUSED)
    const leftAtFirst = await secondsIn(chat, 'trying again in')
    await page.reload()
    const left = await secondsIn(chat, 'Rate-limited, trying again in')
    expect(left).toBeLessThanOrEqual(leftAtFirst)
    expect(left).toBeGreaterThan(20)
    const second = chatPage(await page.context().newPage())
    await second.page.goto(page.url())
    await secondsIn(second, 'trying again in')
    await second.page.getByTestId('stop').click()
    await second.waitForStatus('cancelled')
    await chat.waitForStatus('cancelled')
    expect(await chat.state()).toMatch(/^Stopped by you.*before the first word/s)
    expect(await page.getByTestId('switch-model').count()).toBe(0)
    await page.context().close()
  })

  test('P25: another model can be asked instead, with the keyboard alone, and the wait is kept as a version', async ({
    expect,
  }) => {
    const { page, chat } = await askOnPage(REFUSED, 'hello')
    await page.getByTestId('switch-model').focus()
    await page.keyboard.press('Enter')
    await page.getByPlaceholder('Find a model').fill('demo/chat')
    await page.keyboard.press('Enter')
    await chat.waitForStatus('completed')
    expect(await chat.answerText()).toContain('demo model')
    expect(await chat.answer().getByText('2/2').count()).toBe(1)
    expect(await page.getByTestId('model-picker').innerText()).toContain('Demo')
    expect(await page.evaluate(() => document.activeElement?.closest('[data-turn]') !== null)).toBe(true)
    await page.getByRole('button', { name: 'Previous version' }).focus()
    await page.keyboard.press('Enter')
    await chat.waitForStatus('cancelled')
    expect(await chat.state()).toMatch(/^Stopped by you/)
    expect(await focusedName(page)).toBe('Next version')
    await page.context().close()
  })

  test('P16: a model that falls silent is said to have stalled, and for how long', async ({ expect }) => {
    const { page, chat } = await askOnPage('demo/script;tokens=5;stall=90000@3')
    const silentAtFirst = await secondsIn(chat, 'Stalled for')
    await expect.poll(() => secondsIn(chat, 'Stalled for'), PATIENCE).toBeGreaterThan(silentAtFirst)
    expect(await chat.answerText()).toBe('t0 t1 t2')
    await page.getByTestId('stop').click()
    await chat.waitForStatus('cancelled')
    expect(await chat.state()).toMatch(/3 tokens written.*model disconnected at/s)
    await page.context().close()
  })
})

test('P1: a reload while it is queued keeps its place, and it is answered when its turn comes', async () => {
  const before = await Promise.all(
    Array.from({ length: RUNNING_AT_ONCE + 1 }, () => ask(app.baseUrl, 'x', 'demo/script;tokens=1000;delay=100')),
  )
  const { page, chat } = await askOnPage('demo/script;tokens=5')
  const state = chat.answer().getByTestId('answer-state')
  await state.filter({ hasText: 'Queued, 2nd in line' }).waitFor()
  await page.reload()
  await state.filter({ hasText: 'Queued, 2nd in line' }).waitFor()
  for (const { generationId } of before) await post(`${app.baseUrl}/api/v1/generations/${generationId}/cancel`, {})
  await chat.waitForStatus('completed')
  expect(await chat.answerText()).toBe('t0 t1 t2 t3 t4')
  await page.context().close()
})

/** The number of seconds after these words in the state of the newest answer, once it says so. */
async function secondsIn(chat: ChatPage, words: string): Promise<number> {
  await chat.answer().getByTestId('answer-state').filter({ hasText: words }).waitFor()
  const [, minutes = '0', seconds = ''] =
    new RegExp(`${words}\\s+(?:(\\d+) min )?(\\d+) s`).exec(await chat.state()) ?? []
  return Number(minutes) * 60 + Number(seconds)
}

/** What the element with this test id said from now on; each change once. */
async function recordTexts(page: Page, testId: string): Promise<() => Promise<string[]>> {
  const record = await page.evaluateHandle((id) => {
    const texts: string[] = []
    const element = document.querySelector(`[data-testid=${id}]`)!
    new MutationObserver(() => texts.push(element.textContent)).observe(element, {
      characterData: true,
      childList: true,
      subtree: true,
    })
    return texts
  }, testId)
  return () => record.jsonValue()
}

async function namelessControls(page: Page): Promise<string[]> {
  return await page
    .locator('button, a, input, textarea')
    .evaluateAll((elements) =>
      elements
        .filter((element) => !element.getAttribute('aria-label')?.trim() && !element.textContent.trim())
        .map(({ outerHTML }) => outerHTML.slice(0, 120)),
    )
}

async function focusedName(page: Page): Promise<string | null> {
  return await page.evaluate(() => document.activeElement?.getAttribute('aria-label') ?? null)
}
