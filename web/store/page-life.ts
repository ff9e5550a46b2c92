/** Which page this is, and whether another one is still there. */
export interface PageLife {
  /** This load of the page. */
  id: string
  /** This tab, the same after a reload. */
  tab: string
  /** Lets the others know that this page is there, until the returned function is called or the page has gone. */
  stay: () => () => void
  /** Calls the listener once, when the page with this id has gone and its tab has not come back for a moment. */
  whenGone: (id: string, listener: () => void) => void
}

export interface PageLifeOptions {
  session: Pick<Storage, 'getItem' | 'setItem'>
  newId: () => string
  /** Undefined where the browser has none: outside of secure contexts. */
  locks: LockManager | undefined
  /** A reload takes about so long; the tab itself goes on with what it had. */
  graceMs?: number
  /** Without locks nobody can tell; then a page counts as gone after so long. */
  blindMs?: number
}

const TAB_KEY = 'millrace.tab'

/** A page holds a lock of its own name while it has something to do; who gets that lock knows that it has gone. */
export function createPageLife({ session, newId, locks, graceMs = 3000, blindMs = 60_000 }: PageLifeOptions): PageLife {
  const id = newId()
  const tab = session.getItem(TAB_KEY) ?? id
  session.setItem(TAB_KEY, tab)
  return {
    id,
    tab,
    stay() {
      const { promise, resolve } = Promise.withResolvers<void>()
      void locks?.request(lockOf(id), () => promise)
      return resolve
    },
    whenGone(other, listener) {
      if (!locks) return void setTimeout(listener, blindMs)
      const name = lockOf(other)
      const wait = () =>
        void locks.request(name, { mode: 'shared' }, () => void setTimeout(() => void lookAgain(), graceMs))
      // It may only have been idle for a while.
      const lookAgain = () =>
        locks.request(name, { mode: 'shared', ifAvailable: true }, (lock) => (lock ? listener() : wait()))
      wait()
    },
  }
}

function lockOf(id: string): string {
  return `millrace.page.${id}`
}
