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
  const wasFollowing = useRef(false)
  useLayoutEffect(() => {
    const created = createLiveEdge(
      { scroller: scroller.current!, content: content.current!, end: () => end.current },
      (changed) => {
        wasFollowing.current = changed.following
        setState(changed)
      },
    )
    edge.current = created
    // React may take an effect back and run it again, as its strict mode always does: the new edge goes on as the old did.
    if (wasFollowing.current) created.follow()
    return () => created.dispose()
  }, [])
  return { ...state, scroller, content, end, edge }
}
