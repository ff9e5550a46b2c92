import { expect, it } from 'vitest'
import { createListing } from './listing.ts'
import type { WatchNear } from './listing.ts'

const KEYWORD = 1
const LET = [3, KEYWORD, 3, 0]

function start() {
  const host = document.createElement('code')
  const near = new Map<Element, (near: boolean) => void>()
  const watchNear: WatchNear = (element, onChange) => {
    near.set(element, onChange)
    return () => near.delete(element)
  }
  const setNear = (index: number, isNear: boolean) => near.get(host.children[index]!)!(isNear)
  return {
    host,
    near,
    setNear,
    listing: createListing(host, watchNear),
    keywords: () => host.querySelectorAll('.tk-keyword').length,
  }
}

const lines = (count: number) => Array.from({ length: count }, (_, line) => `let a${line} = 1`).join('\n')

it('shows the exact text in the same pieces, however it comes', () => {
  const code = `${lines(100)}\n`
  const whole = start()
  whole.listing.setText(code)
  const { host, listing } = start()
  for (let end = 0; end <= code.length; end += 7) listing.setText(code.slice(0, end))
  listing.setText(code)
  expect(host.textContent).toBe(code)
  expect(host.innerHTML).toBe(whole.host.innerHTML)
  expect(host.childElementCount).toBe(4)
})

it('colours what is near and only that', () => {
  const { host, setNear, listing, keywords } = start()
  listing.setText(lines(70))
  listing.addRuns(Array.from({ length: 40 }, () => LET))
  expect(keywords()).toBe(0)
  setNear(0, true)
  expect(keywords()).toBe(32)
  setNear(1, true)
  expect(keywords()).toBe(40)
  setNear(0, false)
  expect(keywords()).toBe(8)
  expect(host.textContent).toBe(lines(70))
})

it('appends text and colours without touching the lines before', () => {
  const { host, setNear, listing } = start()
  listing.setText('let a = 1\nlet b')
  setNear(0, true)
  listing.addRuns([LET])
  const first = host.querySelector('.tk-keyword')
  listing.setText('let a = 1\nlet b = 2\nlet')
  listing.addRuns([LET])
  expect(host.textContent).toBe('let a = 1\nlet b = 2\nlet')
  expect(host.querySelectorAll('.tk-keyword')).toHaveLength(2)
  expect(host.querySelector('.tk-keyword')).toBe(first)
})

it('shows the text in full when the colours do not fit it', () => {
  const { host, setNear, listing } = start()
  listing.setText('ab\ncd')
  setNear(0, true)
  listing.addRuns([
    [1, KEYWORD, 9, KEYWORD],
    [99, 99],
    [5, KEYWORD],
  ])
  expect(host.textContent).toBe('ab\ncd')
})

it('starts again when the text is replaced, and watches nothing once it is cleared', () => {
  const { host, near, setNear, listing, keywords } = start()
  listing.setText('let a = 1\n')
  setNear(0, true)
  listing.addRuns([LET])
  listing.setText('other')
  expect(host.textContent).toBe('other')
  expect(keywords()).toBe(0)
  listing.clear()
  expect(host.childElementCount).toBe(0)
  expect(near.size).toBe(0)
})
