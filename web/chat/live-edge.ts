export interface LiveEdgeState {
  /** The view goes along with what is being written. */
  following: boolean
  /** What is newest lies below the view. */
  behind: boolean
}

export interface LiveEdge {
  /** Goes to the end and stays there. */
  follow: () => void
  /** Puts an element at the top and keeps it there while things above it find their size. */
  anchor: (element: HTMLElement) => void
  dispose: () => void
}

export interface LiveEdgeElements {
  scroller: HTMLElement
  content: HTMLElement
  /** Stands right below the newest text; another element as turns come and go. */
  end: () => HTMLElement | null
}

const NEAR_PX = 24
const TOP_PX = 24
const KEYS_UP = new Set(['ArrowUp', 'PageUp', 'Home'])

/**
 * Follows growing content at its end, and only there. Any sign that the reader wants to stay (wheel, touch, keys,
 * scrollbar, selection, find) releases it at once; coming back to the end takes it up again.
 */
export function createLiveEdge(elements: LiveEdgeElements, onChange: (state: LiveEdgeState) => void): LiveEdge {
  const { scroller, content, end } = elements
  let mode: 'follow' | 'anchor' | 'free' = 'free'
  let anchored: HTMLElement | undefined
  let expectedTop = 0
  let lastTop = 0
  let last: LiveEdgeState = { following: false, behind: false }

  const report = () => {
    const endsAt = end()?.getBoundingClientRect().bottom ?? 0
    const behind = endsAt > scroller.getBoundingClientRect().bottom + NEAR_PX
    const state = { following: mode === 'follow', behind }
    if (state.following === last.following && state.behind === last.behind) return
    last = state
    onChange(state)
  }
  const put = (top: number) => {
    scroller.scrollTop = top
    expectedTop = scroller.scrollTop
    lastTop = expectedTop
  }
  const settle = () => {
    if (mode === 'follow') put(scroller.scrollHeight)
    else if (mode === 'anchor' && anchored && content.contains(anchored)) put(anchored.offsetTop - TOP_PX)
    report()
  }
  const release = () => {
    if (mode === 'free') return
    mode = 'free'
    report()
  }

  const onWheel = (event: WheelEvent) => {
    if (event.deltaY < 0 || mode === 'anchor') release()
  }
  const onKey = (event: KeyboardEvent) => {
    const inField = event.target instanceof HTMLElement && event.target.matches('input, textarea')
    if (!inField && (KEYS_UP.has(event.key) || (event.key === ' ' && event.shiftKey))) release()
  }
  const onSelection = () => {
    const selection = document.getSelection()
    if (selection && !selection.isCollapsed && content.contains(selection.anchorNode)) release()
  }
  const onScroll = () => {
    const top = scroller.scrollTop
    const furthest = scroller.scrollHeight - scroller.clientHeight
    // Upwards without our doing and without the content having shrunk: the scrollbar, find in page, a screen reader.
    const up = top < expectedTop - 2 && furthest >= expectedTop
    if (up || (mode === 'anchor' && top > expectedTop + 2)) release()
    else if (mode === 'free' && top > lastTop && top >= furthest - NEAR_PX) mode = 'follow'
    lastTop = top
    report()
  }

  const observer = new ResizeObserver(settle)
  observer.observe(content)
  observer.observe(scroller)
  scroller.addEventListener('wheel', onWheel, { passive: true })
  scroller.addEventListener('touchmove', release, { passive: true })
  scroller.addEventListener('scroll', onScroll, { passive: true })
  document.addEventListener('keydown', onKey)
  document.addEventListener('selectionchange', onSelection)

  return {
    follow() {
      mode = 'follow'
      settle()
    },
    anchor(element) {
      mode = 'anchor'
      anchored = element
      settle()
    },
    dispose() {
      observer.disconnect()
      scroller.removeEventListener('wheel', onWheel)
      scroller.removeEventListener('touchmove', release)
      scroller.removeEventListener('scroll', onScroll)
      document.removeEventListener('keydown', onKey)
      document.removeEventListener('selectionchange', onSelection)
    },
  }
}
