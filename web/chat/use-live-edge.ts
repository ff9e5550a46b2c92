import { useLayoutEffect, useRef, useState, type RefObject } from 'react'
import { createLiveEdge, type LiveEdge, type LiveEdgeState } from './live-edge.ts'

export interface LiveEdgeView extends LiveEdgeState {
  scroller: RefObject<HTMLDivElement | null>
  content: RefObject<HTMLDivElement | null>
  end: RefObject<HTMLDivElement | null>
  edge: RefObject<LiveEdge | undefined>
}

export function useLiveEdge(): LiveEdgeView {
  const scroller = useRef<HTMLDivElement>(null)
  const content = useRef<HTMLDivElement>(null)
  const end = useRef<HTMLDivElement>(null)
  const edge = useRef<LiveEdge>(undefined)
  const [state, setState] = useState<LiveEdgeState>({ following: false, behind: false })
  useLayoutEffect(() => {
    const created = createLiveEdge(
      { scroller: scroller.current!, content: content.current!, end: () => end.current },
      setState,
    )
    edge.current = created
    return () => created.dispose()
  }, [])
  return { ...state, scroller, content, end, edge }
}
