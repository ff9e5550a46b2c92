import { beforeEach, describe, expect, it } from 'vitest'
import { createDrafts, type Drafts } from './drafts.ts'

describe('createDrafts', () => {
  beforeEach(() => localStorage.clear())

  it('P23: keeps a draft for each conversation, also for the next page', () => {
    const drafts = createDrafts({ storage: localStorage })
    drafts.set('a', 'one')
    drafts.set('b', 'two')
    drafts.flush()
    const next = createDrafts({ storage: localStorage })
    expect([next.get('a'), next.get('b'), next.get('c')]).toEqual(['one', 'two', ''])
  })

  it('does not write over what another tab stored for another conversation', () => {
    const { here, there } = twoTabs()
    there.set('there', 'kept')
    there.flush()
    here.set('here', 'mine')
    here.flush()
    expect(createDrafts({ storage: localStorage }).get('there')).toBe('kept')
  })

  it('forgets an emptied draft', () => {
    const drafts = createDrafts({ storage: localStorage })
    drafts.set('a', 'one')
    drafts.flush()
    drafts.set('a', '')
    drafts.flush()
    expect(localStorage.length).toBe(0)
  })

  it('P23: shows in one tab what another one types, and goes on from there', () => {
    const { here, there, tell } = twoTabs()
    there.set('c', 'begun there')
    there.flush()
    tell(here, 'c')
    expect(here.get('c')).toBe('begun there')
    here.set('c', 'begun there, finished here')
    here.flush()
    expect(here.aside.getState()).toEqual({})
    expect(createDrafts({ storage: localStorage }).get('c')).toBe('begun there, finished here')
  })

  it('P23: of two drafts that two tabs type at the same time neither is dropped', () => {
    const { here, there, tell } = twoTabs()
    there.set('c', 'theirs')
    here.set('c', 'mine')
    there.flush()
    tell(here, 'c')
    expect(here.get('c')).toBe('mine')
    here.flush()
    const next = createDrafts({ storage: localStorage })
    expect([next.get('c'), next.aside.getState()]).toEqual(['mine', { c: 'theirs' }])
    here.swap('c')
    expect([here.get('c'), here.aside.getState()]).toEqual(['theirs', { c: 'mine' }])
    here.dropAside('c')
    expect(here.aside.getState()).toEqual({})
  })

  it('P23: what was sent here takes nothing away that is being typed there', () => {
    const { here, there, tell } = twoTabs()
    there.set('c', 'theirs')
    there.flush()
    here.forget('c')
    expect(here.aside.getState()).toEqual({ c: 'theirs' })
    tell(there, 'c')
  })
})

/** Two tabs of a browser, and how one of them learns what the other has stored. */
function twoTabs() {
  const listeners = new Map<Drafts, (event: StorageEvent) => void>()
  const open = (): Drafts => {
    let listener: ((event: StorageEvent) => void) | undefined
    const events = { addEventListener: (_: string, each: (event: StorageEvent) => void) => (listener = each) }
    const drafts = createDrafts({ storage: localStorage, events: events as unknown as Window })
    listeners.set(drafts, listener!)
    return drafts
  }
  return {
    here: open(),
    there: open(),
    tell(drafts: Drafts, name: string) {
      const key = `millrace.draft.${name}`
      listeners.get(drafts)!({ key, newValue: localStorage.getItem(key) } as StorageEvent)
    },
  }
}
