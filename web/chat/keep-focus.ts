/**
 * Keeps the focus near its place when the control that held it goes away: a row of buttons changes with the state of
 * its answer, a version gives way to another. The control of the same name in the same turn gets it, else the answer.
 * Watches the container only while the focus is inside. Returns how to end it.
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
  const onFocusOut = ({ relatedTarget }: FocusEvent) => {
    const left = relatedTarget !== null || (held?.element.isConnected === true && !held.element.matches(':disabled'))
    if (left) forget()
  }
  const successor = (turn: Element | null, name: string): HTMLElement | undefined => {
    const place = turn?.isConnected ? turn : container
    const buttons = [...place.querySelectorAll<HTMLElement>('button:enabled')]
    return buttons.findLast((button) => nameOf(button) === name) ?? focusable(place)
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
function focusable(place: Element): HTMLElement | undefined {
  const answer = [...place.querySelectorAll<HTMLElement>('article')].at(-1)
  if (!answer) return undefined
  answer.tabIndex = -1
  answer.addEventListener('blur', () => answer.removeAttribute('tabindex'), { once: true })
  return answer
}
