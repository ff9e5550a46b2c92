import { fireEvent, screen } from '@testing-library/react'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { renderWithApp } from '../store/render-with-app.tsx'
import { Composer } from './composer.tsx'

describe('Composer', () => {
  beforeEach(() => localStorage.clear())

  it('sends on Enter, exactly what was typed, and empties itself', () => {
    const { onSend, field } = show()
    type(field, '  two\nlines  ')
    fireEvent.keyDown(field, { key: 'Enter' })
    expect(onSend).toHaveBeenCalledExactlyOnceWith('  two\nlines  ')
    expect(field.value).toBe('')
  })

  it('breaks the line on Shift+Enter', () => {
    const { onSend, field } = show()
    type(field, 'hello')
    expect(fireEvent.keyDown(field, { key: 'Enter', shiftKey: true })).toBe(true)
    expect(onSend).not.toHaveBeenCalled()
  })

  it('P22: leaves Enter to an input method that is composing, also to one that only tells by key code 229', () => {
    const { onSend, field } = show()
    type(field, 'みずぐるま')
    fireEvent.keyDown(field, { key: 'Enter', isComposing: true })
    fireEvent.keyDown(field, { key: 'Enter', keyCode: 229 })
    expect(onSend).not.toHaveBeenCalled()
    fireEvent.keyDown(field, { key: 'Enter' })
    expect(onSend).toHaveBeenCalledOnce()
  })

  it('does not send blank text', () => {
    const { onSend, field } = show()
    type(field, ' \n ')
    fireEvent.keyDown(field, { key: 'Enter' })
    expect(onSend).not.toHaveBeenCalled()
    expect(screen.getByTestId<HTMLButtonElement>('send').disabled).toBe(true)
  })

  it('stops with its round button while an answer is written and nothing was typed', () => {
    const onStop = vi.fn()
    show({ onStop })
    expect(screen.queryByTestId('send')).toBeNull()
    fireEvent.click(screen.getByTestId('stop'))
    expect(onStop).toHaveBeenCalledOnce()
  })

  it('sends while an answer is written, with Stop beside it', () => {
    const onStop = vi.fn()
    const { onSend, field } = show({ onStop })
    type(field, 'next question')
    fireEvent.click(screen.getByTestId('stop'))
    expect(onStop).toHaveBeenCalledOnce()
    expect(field.value).toBe('next question')
    fireEvent.click(screen.getByTestId('send'))
    expect(onSend).toHaveBeenCalledExactlyOnceWith('next question')
    expect(field.value).toBe('')
  })

  it('edits the last question on arrow-up in the empty field, and only there', () => {
    const onEditLast = vi.fn()
    const { field } = show({ onEditLast })
    type(field, 'text')
    fireEvent.keyDown(field, { key: 'ArrowUp' })
    expect(onEditLast).not.toHaveBeenCalled()
    type(field, '')
    fireEvent.keyDown(field, { key: 'ArrowUp' })
    expect(onEditLast).toHaveBeenCalledOnce()
  })

  it('P23: keeps a draft for each conversation across a reload', () => {
    const first = show({ draftKey: 'a' })
    type(first.field, 'unsent')
    first.app.drafts.flush()
    first.unmount()
    const again = show({ draftKey: 'a' })
    expect(again.field.value).toBe('unsent')
    again.unmount()
    expect(show({ draftKey: 'b' }).field.value).toBe('')
  })

  it('lets the model think on request and remembers it', () => {
    const { app } = show()
    const toggle = screen.getByRole('button', { name: 'Thinking' })
    expect(toggle.getAttribute('aria-pressed')).toBe('false')
    fireEvent.click(toggle)
    expect(toggle.getAttribute('aria-pressed')).toBe('true')
    expect(app.preferences.getState().thinking).toBe(true)
  })
})

function show({
  draftKey = 'c',
  onStop,
  onEditLast,
}: { draftKey?: string; onStop?: () => void; onEditLast?: () => void } = {}) {
  const onSend = vi.fn()
  const result = renderWithApp(
    <Composer draftKey={draftKey} placeholder="Ask" onSend={onSend} onStop={onStop} onEditLast={onEditLast} />,
  )
  return { ...result, onSend, field: screen.getByTestId<HTMLTextAreaElement>('composer') }
}

function type(field: HTMLTextAreaElement, text: string): void {
  fireEvent.change(field, { target: { value: text } })
}
