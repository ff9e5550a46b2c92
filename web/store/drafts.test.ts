import { beforeEach, describe, expect, it } from 'vitest'
import { createDrafts } from './drafts.ts'

describe('createDrafts', () => {
  beforeEach(() => localStorage.clear())

  it('keeps a draft for each conversation, also for the next page', () => {
    const drafts = createDrafts(localStorage)
    drafts.set('a', 'one')
    drafts.set('b', 'two')
    drafts.flush()
    const next = createDrafts(localStorage)
    expect([next.get('a'), next.get('b'), next.get('c')]).toEqual(['one', 'two', ''])
  })

  it('does not write over what another tab stored for another conversation', () => {
    const here = createDrafts(localStorage)
    const there = createDrafts(localStorage)
    there.set('there', 'kept')
    there.flush()
    here.set('here', 'mine')
    here.flush()
    expect(createDrafts(localStorage).get('there')).toBe('kept')
  })

  it('forgets an emptied draft', () => {
    const drafts = createDrafts(localStorage)
    drafts.set('a', 'one')
    drafts.flush()
    drafts.set('a', '')
    drafts.flush()
    expect(localStorage.getItem('millrace.drafts')).toBe('{}')
  })

  it('begins anew with an unreadable storage', () => {
    localStorage.setItem('millrace.drafts', '{')
    expect(createDrafts(localStorage).get('a')).toBe('')
  })
})
