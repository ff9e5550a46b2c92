import { expect, it } from 'vitest'
import { attachmentsOf, editBodyOf, partsOf, type OutboxItem } from './outbox-item.ts'

const image = { type: 'image', fileId: 'f', mediaType: 'image/png' } as const
const result = { type: 'tool-result', toolCallId: 'c', content: '12 degrees' } as const

it('an edit in other words keeps what was sent along', () => {
  const kept = attachmentsOf([{ type: 'text', text: 'See' }, image, result])
  expect(kept).toEqual({ attachments: [image, result] })
  const item = { text: 'Look', thinking: false, ...kept } as unknown as OutboxItem
  expect(editBodyOf(item).parts).toEqual([{ type: 'text', text: 'Look' }, image, result])
})

it('a question of words alone is sent as before', () => {
  expect(attachmentsOf([{ type: 'text', text: 'See' }])).toEqual({})
  expect(partsOf('Look', [])).toEqual([{ type: 'text', text: 'Look' }])
})
