import { expect, it, vi } from 'vitest'
import { TOKEN_KINDS } from './highlight-messages.ts'
import type { HighlightReply, HighlightRequest } from './highlight-messages.ts'

it('colours lines as they come and keeps the state of the grammar between them', async () => {
  const replies: HighlightReply[] = []
  vi.spyOn(self, 'postMessage').mockImplementation((reply) => void replies.push(reply as HighlightReply))
  await import('./highlight-worker.ts')
  const send = (data: HighlightRequest) => self.dispatchEvent(new MessageEvent('message', { data }))
  send({ session: 1, language: 'json', lines: '{ "a": /* one\n' })
  send({ session: 1, language: 'json', lines: '1 */ null }\n' })
  send({ session: 2, language: 'no-such-language', lines: 'text\n' })
  await vi.waitFor(() => expect(replies.flatMap(({ runs }) => runs)).toHaveLength(2), 5_000)
  const [first, second] = replies.flatMap(({ runs }) => runs)
  const kinds = (runs: readonly number[]) => runs.filter((_, index) => index % 2 === 1).map((kind) => TOKEN_KINDS[kind])
  expect(kinds(first!).at(-1)).toBe('comment')
  expect(kinds(second!)[0]).toBe('comment')
  expect(kinds(second!)).toContain('constant')
  expect(replies.every(({ session }) => session === 1)).toBe(true)
})
