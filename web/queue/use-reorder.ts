import { useEffect, useRef, useState, type ComponentProps, type RefObject } from 'react'
import type { QueuedTurnView } from '#protocol/api/messages.ts'
import { words } from '../words/words.ts'
import { inOrder } from './queue-query.ts'

export interface Reorder {
  /** In the order of the moment, also while one is being dragged. */
  turns: readonly QueuedTurnView[]
  dragged: string | undefined
  /** For the handle of a row: drags with a pointer, moves with the arrow keys. */
  handleProps: (id: string) => ComponentProps<'button'>
  move: (id: string, by: 1 | -1) => void
  /** Where the row that was moved last stands now, in words. */
  said: string
}

const EDGE_PX = 20

export function useReorder(
  queue: readonly QueuedTurnView[],
  list: RefObject<HTMLElement | null>,
  onReorder: (order: readonly string[]) => void,
): Reorder {
  const [drag, setDrag] = useState<{ id: string; order: readonly string[] }>()
  const [said, setSaid] = useState('')
  const focusAfter = useRef<string>(undefined)
  const turns = drag ? inOrder(queue, drag.order) : queue
  const ids = turns.map(({ id }) => id)

  useEffect(() => {
    // A row that moves in the document loses the focus.
    const row = focusAfter.current && list.current?.querySelector(`[data-turn-id="${focusAfter.current}"]`)
    focusAfter.current = undefined
    if (row) row.querySelector<HTMLElement>('[data-testid=drag]')?.focus()
  })

  const say = (order: readonly string[], id: string) => setSaid(words.queue.moved(order.indexOf(id) + 1, order.length))
  const move = (id: string, by: 1 | -1) => {
    const to = ids.indexOf(id) + by
    if (to < 0 || to >= ids.length) return
    const order = moved(ids, id, to)
    focusAfter.current = id
    say(order, id)
    onReorder(order)
  }

  useDrag(drag !== undefined, {
    move({ clientY }) {
      if (!drag || !list.current) return
      scrollAtEdge(list.current, clientY)
      const to = placeAt(list.current, drag.id, clientY)
      if (ids.indexOf(drag.id) !== to) setDrag({ id: drag.id, order: moved(ids, drag.id, to) })
    },
    drop() {
      setDrag(undefined)
      if (!drag || sameOrder(ids, queue)) return
      say(ids, drag.id)
      onReorder(ids)
    },
    cancel: () => setDrag(undefined),
  })

  return {
    turns,
    dragged: drag?.id,
    move,
    said,
    handleProps: (id) => ({
      onPointerDown(event) {
        if (event.button === 0) setDrag({ id, order: ids })
      },
      onKeyDown(event) {
        if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
        event.preventDefault()
        move(id, event.key === 'ArrowUp' ? -1 : 1)
      },
    }),
  }
}

interface DragEvents {
  move: (event: PointerEvent) => void
  drop: () => void
  cancel: () => void
}

/** Listens at the window: a row that moves in the document loses the pointer that it had captured. */
function useDrag(dragging: boolean, events: DragEvents): void {
  const latest = useRef(events)
  useEffect(() => {
    latest.current = events
  })
  useEffect(() => {
    if (!dragging) return
    const done = new AbortController()
    const { signal } = done
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape') return
      event.stopPropagation()
      latest.current.cancel()
    }
    window.addEventListener('pointermove', (event) => latest.current.move(event), { signal })
    window.addEventListener('pointerup', () => latest.current.drop(), { signal })
    window.addEventListener('pointercancel', () => latest.current.cancel(), { signal })
    window.addEventListener('keydown', onKey, { signal, capture: true })
    return () => done.abort()
  }, [dragging])
}

function moved(ids: readonly string[], id: string, to: number): string[] {
  const others = ids.filter((each) => each !== id)
  return [...others.slice(0, to), id, ...others.slice(to)]
}

function sameOrder(ids: readonly string[], queue: readonly QueuedTurnView[]): boolean {
  return queue.every(({ id }, index) => ids[index] === id)
}

/** The place among the others that the pointer is at. Measured without the motion that may still be under way. */
function placeAt(list: HTMLElement, id: string, clientY: number): number {
  const y = clientY - list.getBoundingClientRect().top + list.scrollTop
  const others = [...list.querySelectorAll<HTMLElement>('[data-turn-id]')].filter((row) => row.dataset.turnId !== id)
  return others.filter((row) => y > row.offsetTop + row.offsetHeight / 2).length
}

function scrollAtEdge(list: HTMLElement, clientY: number): void {
  const { top, bottom } = list.getBoundingClientRect()
  if (clientY < top + EDGE_PX) list.scrollTop -= 8
  if (clientY > bottom - EDGE_PX) list.scrollTop += 8
}
