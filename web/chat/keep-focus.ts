import { ABOVE_THE_PAGE } from '../ui/above-the-page.ts'

/** The control that has the focus. */
export interface Held {
  element: HTMLElement
  name: string
  /** The turn, or the row of the queue, that it stands in. */
  piece: Element | null
  /** The place of that among the others. */
  index: number
}

/**
 * Keeps the focus near its place when the control that held it goes away: a row of buttons changes with the state of
 * its answer, a version gives way to another. `successor` says which one gets it.
 * Watches the container only while the focus is inside, or in a list that was opened from there. Returns how to end it.
 */
export function keepFocus(
  container: HTMLElement,
  successor: (container: HTMLElement, held: Held) => HTMLElement | null | undefined = successorInThread,
): () => void {
  let held: Held | undefined
  const observer = new MutationObserver(() => {
    if (!held || held.element.isConnected) return
    const lost = held
    forget()
    if (document.activeElement === null || document.activeElement === document.body)
      successor(container, lost)?.focus(STAY)
  })
  const forget = () => {
    held = undefined
    observer.disconnect()
  }
  const onFocusIn = ({ target }: FocusEvent) => {
    if (!(target instanceof HTMLElement)) return
    const piece = target.closest(PIECE)
    const index = piece ? [...container.querySelectorAll(PIECE)].indexOf(piece) : -1
    held = { element: target, name: nameOf(target), piece, index }
    observer.observe(container, { childList: true, subtree: true })
  }
  const onFocusOut = ({ relatedTarget: next }: FocusEvent) => {
    if (next instanceof Element) {
      if (!next.closest(ABOVE_THE_PAGE)) forget()
      return
    }
    // A browser may tell of it before the element goes: what is still there after this turn was left by a person.
    const leaving = held
    setTimeout(() => {
      if (held === leaving && held?.element.isConnected) forget()
    })
  }
  container.addEventListener('focusin', onFocusIn)
  container.addEventListener('focusout', onFocusOut)
  return () => {
    forget()
    container.removeEventListener('focusin', onFocusIn)
    container.removeEventListener('focusout', onFocusOut)
  }
}

const PIECE = '[data-turn], [data-turn-id]'
const STAY: FocusOptions = { preventScroll: true }

/**
 * The control of the same name in the same turn, or its neighbour where that one is disabled; of an editor that has closed
 * the button that opens it; else the answer.
 */
function successorInThread(container: HTMLElement, { element, piece, name }: Held): HTMLElement | undefined {
  const place = piece?.isConnected ? piece : container
  const opener = element.closest('[data-editor]') && piece?.querySelector<HTMLElement>('[data-testid=edit-question]')
  if (opener?.isConnected) return opener
  const same = [...place.querySelectorAll('button')].findLast((button) => nameOf(button) === name)
  if (same && !same.disabled) return same
  return same?.closest('fieldset')?.querySelector<HTMLElement>('button:enabled') ?? newestAnswer(place)
}

function nameOf(element: HTMLElement): string {
  return element.getAttribute('aria-label') ?? element.textContent
}

/** The newest answer of a place, made fit to take the focus until it loses it again. */
function newestAnswer(place: Element): HTMLElement | undefined {
  const answer = [...place.querySelectorAll<HTMLElement>('article')].at(-1)
  if (!answer) return undefined
  answer.tabIndex = -1
  answer.addEventListener('blur', () => answer.removeAttribute('tabindex'), { once: true })
  return answer
}
