import { fireEvent, screen } from '@testing-library/react'
import { describe, expect, it, vi } from 'vitest'
import type { MessageView } from '#protocol/api/messages.ts'
import { emptyAnswer } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import { renderWithApp } from '../store/render-with-app.tsx'
import { AnswerView } from './answer-view.tsx'

vi.mock('../markdown/markdown.tsx', () => ({ Markdown: ({ text }: { text: string }) => <p>{text}</p> }))

describe('AnswerView', () => {
  it('tells its status, attempt and generation to whoever looks', () => {
    show({ status: 'completed', attempt: 1, parts: [{ type: 'text', text: 'water' }] })
    const { dataset } = screen.getByTestId('answer')
    expect(dataset).toMatchObject({ status: 'completed', attempt: '1', generation: 'g' })
    expect(screen.getByTestId('answer-text').textContent).toBe('water')
  })

  it('copies the exact Markdown', () => {
    const writeText = vi.fn().mockResolvedValue(undefined)
    vi.stubGlobal('navigator', { clipboard: { writeText } })
    show({
      status: 'completed',
      parts: [
        { type: 'text', text: '**a**  \n' },
        { type: 'reasoning', text: 'no' },
        { type: 'text', text: '`b`\n' },
      ],
    })
    fireEvent.click(screen.getByTestId('copy'))
    expect(writeText).toHaveBeenCalledWith('**a**  \n`b`\n')
    vi.unstubAllGlobals()
  })

  it('keeps superseded text one click away', () => {
    show({
      status: 'completed',
      attempt: 2,
      superseded: [{ attempt: 1, parts: [{ type: 'text', text: 'lost words' }] }],
      parts: [{ type: 'text', text: 'new words' }],
    })
    expect(screen.getByText(/^Attempt 2/)).toBeTruthy()
    expect(screen.queryByTestId('superseded-text')).toBeNull()
    fireEvent.click(screen.getByTestId('superseded-open'))
    expect(screen.getByTestId('superseded-text').textContent).toContain('lost words')
  })

  it('does not draw a closed thinking panel, and says how long it thought', () => {
    show({
      status: 'completed',
      parts: [
        { type: 'reasoning', text: 'secret thoughts', startedAt: 0, endedAt: 4200 },
        { type: 'text', text: 'water' },
      ],
    })
    expect(screen.queryByText('secret thoughts')).toBeNull()
    fireEvent.click(screen.getByRole('button', { name: 'Thought for 4 s' }))
    expect(screen.getByText('secret thoughts')).toBeTruthy()
  })

  it('steps through the versions', () => {
    show({ status: 'completed' }, ['m0', 'm', 'm2'])
    expect(screen.getByText('2/3')).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Next version' })).toHaveProperty('disabled', false)
  })

  it('says what failed, what to do and what the provider said, and offers to retry', () => {
    show({ status: 'failed', error: { kind: 'quota', message: 'Pay first.', retryable: false } })
    const state = screen.getByTestId('answer-state').textContent
    expect(state).toContain('quota is used up')
    expect(state).toContain('pick another model')
    expect(state).toContain('Pay first.')
    expect(screen.getByTestId('retry').textContent).toBe('Retry')
  })

  it('makes links of web addresses only', () => {
    show({
      status: 'completed',
      parts: [
        { type: 'source', url: 'https://example.org/', title: 'Good' },
        { type: 'source', url: 'javascript:alert(1)', title: 'Bad' },
      ],
    })
    expect(screen.getAllByRole('link').map((link) => link.textContent)).toEqual(['Good'])
  })
})

function show(answer: Partial<Answer>, versions: readonly string[] = ['m']): void {
  const message = {
    id: 'm',
    conversationId: 'c',
    parentId: 'q',
    role: 'assistant',
    parts: answer.parts ?? [],
    createdAt: '2026-01-01T00:00:00Z',
    generation: { id: 'g', status: answer.status ?? 'running', model: 'p/m' },
    answer: { ...emptyAnswer(), ...answer },
  } as MessageView
  renderWithApp(<AnswerView message={message} versions={versions} last />)
}
