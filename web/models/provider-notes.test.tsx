import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ProviderView } from '#protocol/api/models.ts'
import { ProviderNotes } from './provider-notes.tsx'

const files: ProviderView = { id: 'local', name: 'GGUF files', local: true, status: 'down', error: null }
const COMMAND = 'npm install --prefix ./data/runtime node-llama-cpp@3.22.1'

describe('ProviderNotes', () => {
  afterEach(cleanup)

  it('says who is missing and why', () => {
    render(<ProviderNotes providers={[{ ...files, name: 'Mistral', error: 'no route' }]} />)
    expect(screen.getByRole('listitem').textContent).toBe('Mistral cannot be reachedno route')
    expect(screen.queryByRole('button')).toBeNull()
  })

  it('gives a command that helps to be copied, to the letter', () => {
    const writeText = vi.fn(async () => {})
    vi.stubGlobal('navigator', { ...navigator, clipboard: { writeText } })
    render(<ProviderNotes providers={[{ ...files, error: `tiny can be run here. Run:\n${COMMAND}` }]} />)
    expect(screen.getByText('tiny can be run here. Run:')).toBeTruthy()
    expect(screen.getByText(COMMAND).tagName).toBe('CODE')
    fireEvent.click(screen.getByRole('button', { name: 'Copy command' }))
    expect(writeText).toHaveBeenCalledWith(COMMAND)
    vi.unstubAllGlobals()
  })

  it('is silent about those that are there, or wait for a key', () => {
    const { container } = render(
      <ProviderNotes
        providers={[
          { ...files, status: 'up' },
          { ...files, id: 'x', status: 'no-key' },
        ]}
      />,
    )
    expect(container.textContent).toBe('')
  })
})
