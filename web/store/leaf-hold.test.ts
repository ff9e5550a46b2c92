// @vitest-environment node
import { expect, it } from 'vitest'
import { createLeafHold } from './leaf-hold.ts'

it('holds the leaf of the first editor until the last one is closed', () => {
  const { hold, store } = createLeafHold()
  const first = hold('c', 'leaf')
  const second = hold('c', 'later leaf')
  first()
  expect(store.getState()).toEqual({ c: 'leaf' })
  second()
  expect(store.getState()).toEqual({})
})

it('goes to the version that is chosen here, and holds nothing that is not being edited', () => {
  const { hold, chosen, store } = createLeafHold()
  chosen('c', 'leaf')
  expect(store.getState()).toEqual({})
  hold('c', 'leaf')
  chosen('c', 'other leaf')
  expect(store.getState()).toEqual({ c: 'other leaf' })
})
