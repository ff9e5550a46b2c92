import { render, screen } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { emptyAnswer } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import { CIRCUIT_OPEN, PROVIDER_ERROR_KINDS, type GenerationError } from '#protocol/provider-error.ts'
import { words } from '../words/words.ts'
import { answerState } from './answer-state.ts'
import { AttemptNote } from './attempt-note.tsx'
import { LeftOutNote } from './left-out-note.tsx'
import { switchWords } from './switch-words.ts'

const HALF: Answer['parts'] = [{ type: 'text', text: 'Half' }]

function failed(error: Partial<GenerationError>, parts: Answer['parts'] = []) {
  const whole: GenerationError = { kind: 'network', message: 'in short', retryable: true, ...error }
  return answerState({ ...emptyAnswer(), status: 'failed', error: whole, parts }, undefined, 0)
}

describe('a fault on the way to a provider', () => {
  it.each<[GenerationError['kind'], string, string]>([
    ['network', 'The provider could not be reached.', 'Check its address and the network, then retry.'],
    ['timeout', 'The provider stayed silent for too long.', 'Retry, or pick another model.'],
    ['bad-response', 'The provider sent something unreadable.', 'Check that its address is right, then retry.'],
    ['incomplete', 'The provider broke off in the middle.', 'Nothing had been written. Retry.'],
    [
      'context-length',
      'The conversation is too long for this model.',
      'Pick one with more context, or start a new chat.',
    ],
  ])('before the first word, %s', (kind, text, advice) => {
    expect(failed({ kind })).toMatchObject({ tone: 'danger', text, advice, quote: { label: 'In detail' } })
  })

  it.each<[GenerationError['kind'], string]>([
    ['network', 'The connection to the provider broke.'],
    ['timeout', 'The provider fell silent in the middle.'],
    ['incomplete', 'The provider broke off in the middle.'],
    ['server', 'The provider broke off with an error of its own.'],
    ['overloaded', 'The provider broke off: it is overloaded.'],
    ['bad-response', 'The provider sent something unreadable in the middle.'],
  ])('in the middle, %s says that what came is kept', (kind, text) => {
    const state = failed({ kind }, HALF)
    expect(state.text).toBe(text)
    expect(state.advice).toMatch(/^What came is kept\./)
  })

  it('has details of its own, and the provider’s words only where it spoke', () => {
    const quote = (error: Partial<GenerationError>) => failed(error).quote
    expect(quote({ kind: 'network', message: 'No (ENOTFOUND)', providerCode: 'ENOTFOUND' })).toEqual({
      label: 'In detail',
      text: 'No (ENOTFOUND)',
    })
    expect(quote({ kind: 'bad-response', message: 'a redirect', status: 308 })?.label).toBe('In detail')
    expect(quote({ kind: 'overloaded', message: 'Busy.', status: 529 })).toEqual({
      label: 'The provider says',
      text: 'Busy. (529)',
    })
    expect(quote({ kind: 'server', message: 'Oops.', providerCode: 'api_error' })?.label).toBe('The provider says')
  })

  it('where nobody was asked says so', () => {
    expect(failed({ kind: 'auth', retryable: false })).toMatchObject({
      text: 'There is no key that this provider can be asked with.',
    })
    expect(failed({ kind: 'auth', status: 401 }).text).toBe('The provider refused the API key.')
    const open = { kind: 'server', providerCode: CIRCUIT_OPEN, message: 'x has failed 5 times in a row.' } as const
    expect(failed(open)).toMatchObject({
      text: 'The provider failed again and again.',
      quote: { label: 'In detail', text: 'x has failed 5 times in a row.' },
    })
    const error = { ...open, retryable: true }
    const waiting = { ...emptyAnswer(), status: 'waiting' as const }
    const phase = { code: 'waiting' as const, untilMs: 8_000, tryNumber: 1, error }
    expect(answerState({ ...waiting, phase }, undefined, 0)).toMatchObject({
      text: 'The provider failed again and again, trying again in 8 s',
      facts: [],
    })
  })
})

describe('another model than the one that was asked for', () => {
  const switched = (reason: string, to: { provider: string; model: string }, from = 'gpt-4o'): Answer => ({
    ...emptyAnswer(),
    ...to,
    switchedFrom: { provider: 'openai', model: from, reason },
  })
  const LLAMA = { provider: 'ollama', model: 'llama3.2' }

  it('is named with the reason, for every kind of failure that can lead to it', () => {
    for (const kind of PROVIDER_ERROR_KINDS.filter((each) => each !== 'bad-request' && each !== 'cancelled')) {
      expect(words.switchReasons[kind], kind).toBeDefined()
      expect(switchWords(switched(kind, LLAMA))).toMatch(/^Switched to llama3\.2 because .*(gpt-4o)/)
    }
    expect(switchWords(switched('rate-limit', LLAMA))).toBe('Switched to llama3.2 because gpt-4o is rate-limited')
    expect(switchWords(switched('routed', LLAMA))).toBe('Switched from gpt-4o to llama3.2: routed')
    expect(switchWords(emptyAnswer())).toBeUndefined()
  })

  it('is never mistaken for a real one where it is simulated, nor for the other of the same name', () => {
    expect(switchWords(switched('auth', { provider: 'demo', model: 'chat' }))).toBe(
      'Switched to the demo model because the key for gpt-4o was refused',
    )
    expect(switchWords(switched('quota', { provider: 'azure', model: 'gpt-4o' }))).toBe(
      'Switched to azure/gpt-4o because the quota for openai/gpt-4o is used up',
    )
  })

  it('stands above the answer, and is spoken before its first word', () => {
    const answer = { ...switched('overloaded', LLAMA), status: 'running' as const, attempt: 1 }
    render(<AttemptNote answer={answer} />)
    expect(screen.getByTestId('switched').textContent).toBe('Switched to llama3.2 because gpt-4o is overloaded')
    expect(answerState(answer, undefined, 0).spoken?.text).toBe('Switched to llama3.2 because gpt-4o is overloaded')
  })
})

describe('what was left out', () => {
  it('is named in words, and new names as they are', () => {
    render(<LeftOutNote parameters={['seed', 'stop', 'somethingNew']} />)
    expect(screen.getByTestId('left-out').textContent).toBe(
      'Not taken by this model and left out: seed, stop sequences, somethingNew',
    )
  })

  it('is not spoken of where nothing was', () => {
    const { container } = render(<LeftOutNote parameters={undefined} />)
    expect(container.textContent).toBe('')
  })
})
