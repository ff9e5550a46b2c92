import { cleanup, render } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { BlockBoundary } from './block-boundary.tsx'

afterEach(cleanup)

it('shows the text of a block that cannot be drawn, and draws it again when the text changes', () => {
  const silence = vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const Fragile = ({ text }: { text: string }) => {
    if (text === 'bad') throw new Error('no')
    return <em>{text}</em>
  }
  const block = (text: string) => (
    <BlockBoundary text={text}>
      <Fragile text={text} />
    </BlockBoundary>
  )
  const { container, rerender } = render(block('bad'))
  expect(container.innerHTML).toBe('<p class="md-plain">bad</p>')
  rerender(block('good'))
  expect(container.innerHTML).toBe('<em>good</em>')
  silence.mockRestore()
})
