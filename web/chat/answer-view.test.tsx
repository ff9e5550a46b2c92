import { fireEvent, screen } from '@testing-library/react'
import { useState, type ReactNode } from 'react'
import { describe, expect, it, vi } from 'vitest'
import { ClientError } from '#client/client-error.ts'
import type { MillraceClient } from '#client/create-millrace-client.ts'
import type { MessageView } from '#protocol/api/messages.ts'
import { emptyAnswer } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import { renderWithApp } from '../store/render-with-app.tsx'
import { createRunningAnswers } from '../store/running-answers.ts'
import { AppProvider, useApp } from '../store/use-app.ts'
import { toastStore } from '../ui/toast-store.ts'
import { words } from '../words/words.ts'
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

  describe('once it has failed', () => {
    const written: Answer['parts'] = [{ type: 'text', text: 'half of' }]
    const names = () => screen.getAllByRole('button').map((button) => button.ariaLabel ?? button.textContent)

    it.each(['worker-lost', 'incomplete'] as const)('offers to continue after %s', (kind) => {
      show({ status: 'failed', parts: written, error: { kind, message: '', retryable: true } })
      expect(names()).toEqual(['Copy answer', 'Retry', 'Another model', 'Continue'])
    })

    it.each<[string, Partial<Answer>]>([
      ['was refused', { parts: written, error: { kind: 'quota', message: '', retryable: false } }],
      ['had written nothing', { error: { kind: 'worker-lost', message: '', retryable: true } }],
    ])('offers no continuing of what %s', (_what, answer) => {
      show({ status: 'failed', ...answer })
      expect(names()).not.toContain('Continue')
      expect(names()).toContain('Another model')
    })

    it('offers no continuing of what has gone on already', () => {
      const error = { kind: 'incomplete', message: '', retryable: true } as const
      show({ status: 'failed', parts: written, error }, ['m'], false)
      expect(names()).toEqual(['Copy answer', 'Retry', 'Another model'])
    })

    it('goes on in a question of its own, below what was kept', () => {
      const error = { kind: 'incomplete', message: '', retryable: true } as const
      const { app } = show({ status: 'failed', parts: written, error })
      fireEvent.click(screen.getByTestId('continue'))
      expect(app.outbox.store.getState()).toMatchObject([
        { conversationId: 'c', parentId: 'm', text: 'Continue from where you stopped.' },
      ])
    })

    it('says which attempt was kept, and opens the others', () => {
      show({
        status: 'failed',
        attempt: 3,
        keptAttempt: 2,
        parts: written,
        superseded: [
          { attempt: 1, parts: [{ type: 'reasoning', text: 'just a thought' }] },
          { attempt: 3, parts: [{ type: 'text', text: 'ha' }] },
        ],
      })
      expect(screen.getByText('Kept the text of attempt 2, the longest of 3')).toBeTruthy()
      fireEvent.click(screen.getByRole('button', { name: 'Show 2 other texts' }))
      expect(screen.getAllByTestId('superseded-text').map((text) => text.textContent)).toEqual([
        'Text of attempt 1It was still thinking:just a thought',
        'Text of attempt 3ha',
      ])
    })
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

describe('AnswerView of an answer that is held', () => {
  it('shows nothing that was stored beyond the hold, not even for a moment', () => {
    show({ status: 'completed', parts: [{ type: 'text', text: 'held back' }] }, ['m'], true, '1-0')
    expect(screen.queryByText('held back')).toBeNull()
    expect(screen.getByTestId('answer').dataset).toMatchObject({ paused: 'true', status: 'completed' })
    expect(screen.getByTestId('resume')).toBeTruthy()
  })

  it('shows the whole text where the log is no longer kept', async () => {
    const message = messageOf({ status: 'completed', parts: [{ type: 'text', text: 'all of it' }] }, '1-0')
    renderWithApp(
      <WithReplies
        replies={{
          // oxlint-disable-next-line require-yield
          async *follow() {
            throw new ClientError('log-dropped', { status: 410 })
          },
        }}
      >
        <AnswerView message={message} versions={['m']} last />
      </WithReplies>,
    )
    expect(await screen.findByText('all of it')).toBeTruthy()
    expect(screen.getByTestId('answer-state').textContent).toContain('shown whole here')
  })

  it('is held again, and says so, when Resume does not reach the server', async () => {
    const replies: Partial<MillraceClient> = { resume: () => Promise.reject(new ClientError('network')) }
    const message = messageOf({ status: 'running' }, '1-0')
    renderWithApp(
      <WithReplies replies={replies}>
        <AnswerView message={message} versions={['m']} last />
      </WithReplies>,
    )
    fireEvent.click(screen.getByTestId('resume'))
    expect(screen.queryByTestId('resume')).toBeNull()
    expect(await screen.findByTestId('resume')).toBeTruthy()
    await vi.waitFor(() => expect(toastStore.getState().at(-1)?.text).toBe(words.pause.resumeFailed))
  })

  it('takes nothing back that was shown whole before', () => {
    const parts: Answer['parts'] = [{ type: 'text', text: 'seen' }]
    const before = messageOf({ status: 'completed', parts })
    const after = messageOf({ status: 'completed', parts }, '1-0')
    renderWithApp(<PausedOnClick before={before} after={after} />)
    fireEvent.click(screen.getByRole('button', { name: 'pause elsewhere' }))
    expect(screen.getByText('seen')).toBeTruthy()
    expect(screen.getByTestId('resume')).toBeTruthy()
  })
})

function show(answer: Partial<Answer>, versions: readonly string[] = ['m'], last = true, pausedAt?: string) {
  return renderWithApp(<AnswerView message={messageOf(answer, pausedAt)} versions={versions} last={last} />)
}

/** A server some of whose replies are others. */
function WithReplies({ replies, children }: { replies: Partial<MillraceClient>; children: ReactNode }) {
  const app = useApp()
  const [running] = useState(() =>
    createRunningAnswers({ client: { ...app.client, ...replies }, onEnd: () => undefined, onLost: () => undefined }),
  )
  return <AppProvider value={{ ...app, running }}>{children}</AppProvider>
}

function PausedOnClick({ before, after }: { before: MessageView; after: MessageView }) {
  const [message, setMessage] = useState(before)
  return (
    <>
      <button onClick={() => setMessage(after)}>pause elsewhere</button>
      <AnswerView message={message} versions={['m']} last />
    </>
  )
}

function messageOf(answer: Partial<Answer>, pausedAt: string | null = null): MessageView {
  return {
    id: 'm',
    conversationId: 'c',
    parentId: 'q',
    role: 'assistant',
    parts: answer.parts ?? [],
    createdAt: '2026-01-01T00:00:00Z',
    generation: { id: 'g', status: answer.status ?? 'running', model: 'p/m', pausedAt },
    answer: { ...emptyAnswer(), ...answer },
  } as MessageView
}
