import { useEffect, useLayoutEffect, useRef, useState } from 'react'
import { Button } from '../ui/button.tsx'
import { words } from '../words/words.ts'
import { JumpToLatest } from './jump-to-latest.tsx'
import { keepFocus } from './keep-focus.ts'
import { TurnView } from './turn-view.tsx'
import { useLiveEdge } from './use-live-edge.ts'
import type { Turn } from './turns.ts'
import type { Thread as ThreadState } from './use-thread.ts'

/** How many turns are mounted when a conversation opens; the earlier ones come on demand. */
const TURNS_AT_FIRST = 20

/** The turns of a conversation in a scroller that knows where its live edge is. */
export function Thread({ thread }: { thread: ThreadState }) {
  const { scroller, content, end, edge, following, behind } = useLiveEdge()
  const { turns, conversationId } = thread
  const furthest = Math.max(0, turns.length - TURNS_AT_FIRST)
  const [hideUpTo, setHideUpTo] = useState(Infinity)
  const hidden = Math.min(hideUpTo, furthest)
  useEffect(() => keepFocus(content.current!), [content])
  const shown = turns.slice(hidden)
  useOpening(thread, () => setHideUpTo(furthest), {
    toEnd: () => edge.current?.follow(),
    toLastTurn: () => {
      const last = content.current?.querySelector<HTMLElement>('[data-turn]:last-of-type')
      if (last) edge.current?.anchor(last)
    },
  })

  // Only at the live edge does a turn that comes take the place of an early one: elsewhere that would move what is read.
  const followed = useRef(following)
  useEffect(() => {
    followed.current = following
  })
  useEffect(() => {
    if (followed.current) setHideUpTo((before) => Math.max(before, furthest))
  }, [furthest])

  const showEarlier = () => {
    const fromEnd = scroller.current!.scrollHeight - scroller.current!.scrollTop
    setHideUpTo(Math.max(0, hidden - TURNS_AT_FIRST))
    requestAnimationFrame(() => {
      scroller.current!.scrollTop = scroller.current!.scrollHeight - fromEnd
    })
  }

  return (
    <div className="relative min-h-0 flex-1">
      <div ref={scroller} className="thread-scroller absolute inset-0 overflow-y-auto">
        <div
          ref={content}
          role="log"
          aria-live="off"
          aria-label={words.thread.label}
          className="relative mx-auto w-full max-w-column px-6 pt-6 sm:px-4"
        >
          {hidden > 0 && (
            <div className="flex justify-center pb-8">
              <Button onClick={showEarlier}>{words.thread.earlier(hidden)}</Button>
            </div>
          )}
          {shown.map((turn, index) => (
            <TurnView
              key={turn.key}
              turn={turn}
              conversationId={conversationId}
              last={index === shown.length - 1}
              end={index === shown.length - 1 ? end : undefined}
            />
          ))}
          {shown.length === 0 && <div ref={end} />}
        </div>
      </div>
      <JumpToLatest visible={behind && !following} onJump={() => edge.current?.follow()} />
    </div>
  )
}

interface Places {
  toEnd: () => void
  toLastTurn: () => void
}

/**
 * Where a conversation opens: at its last question, or at the live edge while it is being answered. A question that is
 * asked here goes to the top of the view; messages from elsewhere move nothing.
 */
function useOpening({ conversationId, turns, status }: ThreadState, onOpen: () => void, places: Places): void {
  const opened = useRef<string>(undefined)
  const asked = useRef<string>(undefined)
  const newest = newestPending(turns)
  useLayoutEffect(() => {
    if (newest !== undefined && newest !== asked.current) {
      asked.current = newest
      if (opened.current !== conversationId) onOpen()
      opened.current = conversationId
      places.toEnd()
    }
    if (newest !== undefined && opened.current === undefined) opened.current = conversationId
    if (status !== 'ready' || turns.length === 0 || opened.current === conversationId) return
    opened.current = conversationId
    onOpen()
    if (isRunning(turns.at(-1))) places.toEnd()
    else places.toLastTurn()
  })
}

function newestPending(turns: readonly Turn[]): string | undefined {
  const pending = turns.at(-1)?.pending
  return pending?.state === 'sending' ? pending.key : undefined
}

function isRunning(turn: Turn | undefined): boolean {
  return turn?.answer?.message.answer === null
}
