import { useLayoutEffect, useRef, type RefObject } from 'react'

const MOVE_MS = 160

/** Lets the rows of a list glide to their new places instead of jumping; at once for those who asked for stillness. */
export function useFlip(list: RefObject<HTMLElement | null>): void {
  const tops = useRef(new Map<string, number>())
  useLayoutEffect(() => {
    const still = window.matchMedia?.('(prefers-reduced-motion: reduce)').matches ?? true
    const next = new Map<string, number>()
    for (const row of list.current?.querySelectorAll<HTMLElement>('[data-turn-id]') ?? []) {
      const id = row.dataset.turnId ?? ''
      const before = tops.current.get(id)
      next.set(id, row.offsetTop)
      if (still || before === undefined || before === row.offsetTop) continue
      const from = `translateY(${before - row.offsetTop}px)`
      row.animate?.([{ transform: from }, { transform: 'none' }], { duration: MOVE_MS, easing: 'ease-out' })
    }
    tops.current = next
  })
}
