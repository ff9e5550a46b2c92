import type { Held } from './keep-focus.ts'

/**
 * Who gets the focus below the thread when its control has gone: the menu of the same row of the queue or of the one that
 * has moved up, from where nothing happens by accident; else the composer, unless that would open a keyboard on the screen.
 */
export function successorInDock(dock: HTMLElement, { piece, index }: Held): HTMLElement | null | undefined {
  const rows = [...dock.querySelectorAll('[data-turn-id]')]
  const row = piece?.isConnected ? piece : piece && rows[Math.min(index, rows.length - 1)]
  if (row) return [...row.querySelectorAll<HTMLElement>('button')].at(-1)
  return window.matchMedia?.('(pointer: fine)').matches ? dock.querySelector<HTMLElement>('[data-composer]') : undefined
}
