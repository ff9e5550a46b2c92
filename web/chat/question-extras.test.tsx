import { render, screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { QuestionExtras } from './question-extras.tsx'

it('shows images from the own server alone, whatever their id says', () => {
  render(
    <QuestionExtras
      parts={[
        { type: 'text', text: 'See' },
        { type: 'image', fileId: '../../https://evil.example/x.png', mediaType: 'image/png', alt: 'A sketch' },
        { type: 'image', fileId: 'plain', mediaType: 'image/png' },
      ]}
    />,
  )
  expect(screen.getByAltText('A sketch').getAttribute('src')).toBe(
    '/api/v1/files/..%2F..%2Fhttps%3A%2F%2Fevil.example%2Fx.png',
  )
  expect(screen.getByAltText('Image').getAttribute('src')).toBe('/api/v1/files/plain')
})

it('names documents, and folds what tools have said', () => {
  const { container } = render(
    <QuestionExtras
      parts={[
        { type: 'file', fileId: 'f', mediaType: 'application/pdf', name: 'paper.pdf' },
        { type: 'tool-result', toolCallId: 'a', content: '<b>12 degrees</b>' },
        { type: 'tool-result', toolCallId: 'b', content: 'no', isError: true },
      ]}
    />,
  )
  expect(screen.getByText('paper.pdf').getAttribute('href')).toBe('/api/v1/files/f')
  expect([...container.querySelectorAll('details')].map(({ open }) => open)).toEqual([false, false])
  expect(screen.getByText('<b>12 degrees</b>')).toBeTruthy()
  expect(screen.getByText('A tool has failed')).toBeTruthy()
})
