import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keepFocus } from './keep-focus.ts'
import { successorInDock } from './successor-in-dock.ts'

const ROW = '<button>Switch model</button><button aria-label="Copy answer"></button>'

describe('keepFocus', () => {
  let container: HTMLElement
  let end: () => void
  beforeEach(() => {
    document.body.innerHTML = `<button id="elsewhere"></button>
      <main>
        <section data-turn><article>${ROW}</article></section>
        <section data-turn><article>${ROW}</article></section>
      </main>`
    container = document.querySelector('main')!
    end = keepFocus(container)
  })
  afterEach(() => end())

  const turn = (index: number) => container.querySelectorAll('section')[index]!
  const button = (name: string, place: Element = turn(0)) =>
    [...place.querySelectorAll('button')].find((one) => (one.ariaLabel ?? one.textContent) === name)!

  it('hands the focus to the control of the same name in the same turn', async () => {
    button('Copy answer').focus()
    turn(0).innerHTML = `<article>${ROW}</article>`
    await vi.waitFor(() => expect(document.activeElement).toBe(button('Copy answer')))
  })

  it('gives it to the answer when the control is gone for good, and leaves nothing there that Tab would find', async () => {
    button('Switch model').focus()
    button('Switch model').remove()
    const answer = turn(0).querySelector('article')!
    await vi.waitFor(() => expect(document.activeElement).toBe(answer))
    button('Copy answer').focus()
    expect(answer.hasAttribute('tabindex')).toBe(false)
  })

  it('gives it to the button that opens an editor when that has closed', async () => {
    turn(0).insertAdjacentHTML('afterbegin', '<div data-editor><textarea></textarea></div>')
    turn(0).querySelector('textarea')!.focus()
    turn(0).firstElementChild!.outerHTML = '<button data-testid="edit-question">Edit question</button>'
    await vi.waitFor(() => expect(document.activeElement).toBe(button('Edit question')))
  })

  it('gives it to the neighbour of a control that is disabled now', async () => {
    button('Switch model').focus()
    turn(0).innerHTML =
      '<article><fieldset><button disabled>Switch model</button><button>Next</button></fieldset></article>'
    await vi.waitFor(() => expect(document.activeElement).toBe(button('Next')))
  })

  it('takes nothing from where a person went', async () => {
    button('Switch model').focus()
    document.querySelector<HTMLElement>('#elsewhere')!.focus()
    button('Switch model').remove()
    await settled()
    expect(document.activeElement?.id).toBe('elsewhere')
  })

  it('takes nothing back that a person let go', async () => {
    button('Switch model').focus()
    button('Switch model').blur()
    await settled()
    button('Switch model').remove()
    await settled()
    expect(document.activeElement).toBe(document.body)
  })

  it('waits for a list that was opened from there', async () => {
    document.body.insertAdjacentHTML('beforeend', '<div role="dialog"><input></div>')
    button('Switch model').focus()
    document.querySelector('input')!.focus()
    document.querySelector('[role=dialog]')!.remove()
    turn(0).innerHTML = '<article></article>'
    await vi.waitFor(() => expect(document.activeElement?.tagName).toBe('ARTICLE'))
  })
})

function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}

describe('successorInDock', () => {
  const row = (id: string) => `<li data-turn-id="${id}"><button>Withdraw</button><button>Options ${id}</button></li>`
  let end: () => void
  beforeEach(() => {
    vi.stubGlobal('matchMedia', () => ({ matches: true }))
    document.body.innerHTML = `<div><ol>${row('a')}${row('b')}</ol><textarea data-composer></textarea></div>`
    end = keepFocus(document.querySelector('div')!, successorInDock)
  })
  afterEach(() => {
    end()
    vi.unstubAllGlobals()
  })
  const place = (id: string) => document.querySelector<HTMLElement>(`[data-turn-id=${id}]`)!
  const focused = () => document.activeElement?.textContent

  it('hands the focus to the menu of a row whose editor has closed', async () => {
    place('a').insertAdjacentHTML('afterbegin', '<textarea></textarea>')
    const editor = place('a').querySelector('textarea')!
    editor.focus()
    editor.remove()
    await vi.waitFor(() => expect(focused()).toBe('Options a'))
  })

  it('hands it to the row that moves up, and to the composer when none is left', async () => {
    place('a').querySelector('button')!.focus()
    place('a').remove()
    await vi.waitFor(() => expect(focused()).toBe('Options b'))
    place('b').remove()
    await vi.waitFor(() => expect(document.activeElement?.matches('[data-composer]')).toBe(true))
  })
})
