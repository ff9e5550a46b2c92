import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createLiveEdge, type LiveEdge, type LiveEdgeState } from './live-edge.ts'

const VIEW_PX = 600

describe('createLiveEdge', () => {
  let page: ReturnType<typeof createPage>
  let edge: LiveEdge
  let state: LiveEdgeState

  beforeEach(() => {
    page = createPage()
    vi.stubGlobal('ResizeObserver', page.Observer)
    edge = createLiveEdge(page, (next) => (state = next))
    page.grow(2000)
    edge.follow()
  })
  afterEach(() => {
    edge.dispose()
    vi.unstubAllGlobals()
  })

  it('stays at the end while the content grows', () => {
    page.grow(2400)
    expect(page.scroller.scrollTop).toBe(1800)
    expect(state).toEqual({ following: true, behind: false })
  })

  it.each<[string, (scroller: HTMLElement) => void]>([
    ['the wheel', (scroller) => scroller.dispatchEvent(new WheelEvent('wheel', { deltaY: -1 }))],
    ['a touch', (scroller) => scroller.dispatchEvent(new Event('touchmove'))],
    ['Page Up', () => document.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageUp' }))],
    ['the scrollbar', (scroller) => scrollTo(scroller, 1000)],
  ])('P14: is released at once by %s, and then the view moves 0 px', (_what, act) => {
    act(page.scroller)
    const held = page.scroller.scrollTop
    page.grow(5000)
    page.grow(9000)
    expect(page.scroller.scrollTop).toBe(held)
    expect(state).toEqual({ following: false, behind: true })
  })

  it('is taken up again by coming back to the end, and by asking for it', () => {
    scrollTo(page.scroller, 1000)
    scrollTo(page.scroller, 1400)
    page.grow(3000)
    expect(page.scroller.scrollTop).toBe(2400)
    scrollTo(page.scroller, 100)
    page.grow(4000)
    edge.follow()
    expect(page.scroller.scrollTop).toBe(3400)
  })

  it('lets a reader go on below the element that it holds at the top, and forgets one that has gone', () => {
    const element = page.content.appendChild(document.createElement('section'))
    Object.defineProperty(element, 'offsetTop', { value: 1024 })
    edge.anchor(element)
    expect(page.scroller.scrollTop).toBe(1000)
    page.grow(3000)
    element.remove()
    page.grow(4000)
    expect(page.scroller.scrollTop).toBe(1000)
    page.content.append(element)
    scrollTo(page.scroller, 1500)
    page.grow(5000)
    expect(page.scroller.scrollTop).toBe(1500)
  })

  it('is not released by content that shrinks', () => {
    page.grow(900)
    page.scroller.dispatchEvent(new Event('scroll'))
    page.grow(2000)
    expect(page.scroller.scrollTop).toBe(1400)
  })

  it('keeps an anchored turn at the top while what stands above finds its size', () => {
    const turn = document.createElement('section')
    let offset = 500
    Object.defineProperty(turn, 'offsetTop', { get: () => offset })
    page.content.append(turn)
    edge.anchor(turn)
    expect(page.scroller.scrollTop).toBe(476)
    offset = 700
    page.grow(2200)
    expect(page.scroller.scrollTop).toBe(676)
  })
})

function scrollTo(scroller: HTMLElement, top: number): void {
  scroller.scrollTop = top
  scroller.dispatchEvent(new Event('scroll'))
}

/** A scroller with a geometry of its own: jsdom lays nothing out. */
function createPage() {
  const scroller = document.createElement('div')
  const content = document.createElement('div')
  const end = document.createElement('div')
  let height = 0
  let top = 0
  let notify = () => undefined as void
  Object.defineProperties(scroller, {
    scrollHeight: { get: () => height },
    clientHeight: { get: () => VIEW_PX },
    scrollTop: {
      get: () => top,
      set: (value: number) => {
        top = Math.max(0, Math.min(value, height - VIEW_PX))
      },
    },
  })
  scroller.getBoundingClientRect = () => ({ bottom: VIEW_PX }) as DOMRect
  end.getBoundingClientRect = () => ({ bottom: height - top }) as DOMRect
  class Observer {
    constructor(run: () => void) {
      notify = run
    }
    observe() {}
    disconnect() {}
  }
  return {
    scroller,
    content,
    end: () => end,
    Observer,
    grow(next: number) {
      height = next
      top = Math.min(top, Math.max(0, height - VIEW_PX))
      notify()
    },
  }
}
