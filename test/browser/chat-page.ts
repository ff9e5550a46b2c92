import type { Locator, Page } from 'playwright-core'

/** What a person does on the chat page, and what they see there. */
export interface ChatPage {
  readonly page: Page
  ask(text: string): Promise<void>
  /** The newest answer. */
  answer(): Locator
  answerText(): Promise<string>
  state(): Promise<string>
  waitForText(part: string): Promise<void>
  waitForStatus(status: 'completed' | 'failed' | 'cancelled' | 'running'): Promise<void>
  /** The Markdown that the Copy button of the newest answer gives. */
  copied(): Promise<string>
}

const PATIENCE_MS = 30_000

export function chatPage(page: Page): ChatPage {
  const answer = () => page.getByTestId('answer').last()
  return {
    page,
    answer,
    async ask(text) {
      const before = await page.getByTestId('question').count()
      await page.getByTestId('composer').fill(text)
      await page.getByTestId('composer').press('Enter')
      await page.getByTestId('question').nth(before).waitFor({ timeout: PATIENCE_MS })
    },
    answerText: async () => (await answer().getByTestId('answer-text').innerText()).trim(),
    state: async () => (await answer().getByTestId('answer-state').innerText()).trim(),
    async waitForText(part) {
      await answer().getByTestId('answer-text').filter({ hasText: part }).waitFor({ timeout: PATIENCE_MS })
    },
    async waitForStatus(status) {
      await page.locator(`[data-testid=answer][data-status=${status}]`).last().waitFor({ timeout: PATIENCE_MS })
    },
    async copied() {
      await answer().getByTestId('copy').click()
      return await page.evaluate(() => navigator.clipboard.readText())
    },
  }
}
