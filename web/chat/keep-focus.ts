import { ABOVE_THE_PAGE } from '../ui/above-the-page.ts'

/**
 * Keeps the focus near its place when the control that held it goes away: a row of buttons changes with the state of
 * its answer, a version gives way to another. The control of the same name in the same turn gets it, or its neighbour
 * where that one is disabled; else the answer.
 * Watches the container only while the focus is inside, or in a list that was opened from there. Returns how to end it.
 */
export function keepFocus(container: HTMLElement): () => void {
  let held: { element: HTMLElement; name: string; turn: Element | null } | undefined
  const observer = new MutationObserver(() => {
    if (!held || held.element.isConnected) return
    const { name, turn } = held
    forget()
    if (document.activeElement === null || document.activeElement === document.body) successor(turn, name)?.focus(STAY)
  })
  const forget = () => {
    held = undefined
    observer.disconnect()
  }
  const onFocusIn = ({ target }: FocusEvent) => {
    if (!(target instanceof HTMLElement)) return
    held = { element: target, name: nameOf(target), turn: target.closest('[data-turn]') }
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
  const successor = (turn: Element | null, name: string): HTMLElement | undefined => {
    const place = turn?.isConnected ? turn : container
    const same = [...place.querySelectorAll('button')].findLast((button) => nameOf(button) === name)
    if (same && !same.disabled) return same
    return same?.closest('fieldset')?.querySelector<HTMLElement>('button:enabled') ?? newestAnswer(place)
  }
  container.addEventListener('focusin', onFocusIn)
  container.addEventListener('focusout', onFocusOut)
  return () => {
    forget()
    container.removeEventListener('focusin', onFocusIn)
    container.removeEventListener('focusout', onFocusOut)
  }
}

const STAY: FocusOptions = { preventScroll: true }

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
