import { fireEvent, screen } from '@testing-library/react'
import { expect, it, vi } from 'vitest'
import type { MessageView } from '#protocol/api/messages.ts'
import { renderWithApp } from '../store/render-with-app.tsx'
import { AnswerActions } from './answer-actions.tsx'

const message = { id: 'm', conversationId: 'c', generation: null, answer: null } as unknown as MessageView

it('pauses as soon as a mouse is pressed, since the button moves with the text; a finger may only be scrolling', () => {
  const onPause = vi.fn()
  renderWithApp(<AnswerActions message={message} versions={['m']} text="water" ended={false} onPause={onPause} />)
  fireEvent.pointerDown(screen.getByTestId('pause'), { pointerType: 'touch', button: 0 })
  fireEvent.pointerDown(screen.getByTestId('pause'), { pointerType: 'mouse', button: 2 })
  expect(onPause).not.toHaveBeenCalled()
  fireEvent.pointerDown(screen.getByTestId('pause'), { pointerType: 'mouse', button: 0 })
  expect(onPause).toHaveBeenCalledOnce()
})
