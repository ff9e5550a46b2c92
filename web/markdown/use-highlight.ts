import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { createCodePainter } from './code-painter.ts'
import { startHighlighting } from './highlight.ts'
import type { Highlighting } from './highlight.ts'

export interface ListingState {
  language: string
  code: string
  chunks: readonly string[]
  /** More may follow. */
  open: boolean
}

/** Colours the code in `element`, whose children are its chunks, from when it comes near the viewport. */
export function useHighlight(element: RefObject<HTMLElement | null>, { language, code, chunks, open }: ListingState) {
  const [painter] = useState(createCodePainter)
  const highlighting = useRef<Highlighting>(undefined)
  const latest = useRef({ code, chunks, open })
  const isNear = useIsNear(element)

  // React has just written plain text over a chunk that has grown: its colours go back on before it is seen.
  useLayoutEffect(() => {
    latest.current = { code, chunks, open }
    if (element.current) painter.paint(element.current.children, chunks)
  }, [element, painter, code, chunks, open])

  useEffect(() => {
    if (!isNear || !language) return
    const started = startHighlighting({
      language: language.toLowerCase(),
      onRuns: (runs) => {
        painter.add(runs)
        if (element.current) painter.paint(element.current.children, latest.current.chunks)
      },
      onRestart: () => painter.clear(),
    })
    highlighting.current = started
    return () => {
      highlighting.current = undefined
      started.stop()
      painter.clear()
    }
  }, [element, painter, language, isNear])

  useEffect(() => highlighting.current?.update(code, !open), [code, open, language, isNear])
}

const NEAR_PIXELS = 800

function useIsNear(element: RefObject<HTMLElement | null>): boolean {
  const [isNear, setIsNear] = useState(typeof IntersectionObserver === 'undefined')
  useEffect(() => {
    const target = element.current
    if (isNear || !target) return
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) setIsNear(true)
      },
      { rootMargin: `${NEAR_PIXELS}px` },
    )
    observer.observe(target)
    return () => observer.disconnect()
  }, [element, isNear])
  return isNear
}
