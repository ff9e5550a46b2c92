import { expect, it, vi } from 'vitest'
import { startHighlighting } from './highlight.ts'
import type { HighlightRequest } from './highlight-messages.ts'

function start() {
  const requests: HighlightRequest[] = []
  const onRestart = vi.fn()
  const worker = { postMessage: (request: HighlightRequest) => void requests.push(request), addEventListener: vi.fn() }
  const highlighting = startHighlighting({ language: 'ts', onRuns: vi.fn(), onRestart, worker })
  return { requests, onRestart, highlighting }
}

it('sends each line once, when it is whole, and the last one when the code is complete', () => {
  const { requests, highlighting } = start()
  const code = 'const a = 1\nconst b = 2\nend'
  for (let end = 0; end <= code.length; end += 1) highlighting.update(code.slice(0, end), false)
  highlighting.update(code, true)
  highlighting.update(code, true)
  expect(requests.map((request) => ('lines' in request ? request.lines : 'ended'))).toEqual([
    'const a = 1\n',
    'const b = 2\n',
    'end',
  ])
})

it('begins again when the code is replaced', () => {
  const { requests, onRestart, highlighting } = start()
  highlighting.update('one\ntwo', false)
  highlighting.update('other\n', false)
  expect(onRestart).toHaveBeenCalledOnce()
  const [first, ended, second] = requests
  expect(ended).toEqual({ session: first!.session, ended: true })
  expect(second).toMatchObject({ lines: 'other\n' })
  expect(second!.session).not.toBe(first!.session)
})
