import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it } from 'vitest'
import { StateAnnouncer } from './state-announcer.tsx'

describe('StateAnnouncer', () => {
  afterEach(cleanup)
  const told = () => screen.getByRole('status').textContent

  it('P21: says a countdown once, and what comes after it', () => {
    const { rerender } = render(<StateAnnouncer spoken={{ topic: 'waiting 2', text: 'in 12 s' }} running />)
    expect(told()).toBe('in 12 s')
    rerender(<StateAnnouncer spoken={{ topic: 'waiting 2', text: 'in 11 s' }} running />)
    expect(told()).toBe('in 12 s')
    rerender(<StateAnnouncer spoken={undefined} running />)
    rerender(<StateAnnouncer spoken={{ topic: 'waiting 3', text: 'in 30 s' }} running />)
    expect(told()).toBe('in 30 s')
    rerender(<StateAnnouncer spoken={{ topic: 'complete', text: 'Answer complete' }} running={false} />)
    expect(told()).toBe('Answer complete')
  })

  it('is silent about what had ended before somebody looked', () => {
    render(<StateAnnouncer spoken={{ topic: 'complete', text: 'Answer complete' }} running={false} />)
    expect(told()).toBe('')
  })
})
