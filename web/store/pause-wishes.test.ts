// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { createPauseWishes } from './pause-wishes.ts'

describe('createPauseWishes', () => {
  it('applies what the server says, and each thing once', () => {
    const { applied, wishes } = start()
    wishes.told('1-4')
    wishes.told('1-4')
    wishes.told(null)
    expect(applied).toEqual(['1-4', null])
  })

  it('holds at once, and does not listen to older news before the server has the wish', async () => {
    const { applied, wishes } = start()
    const { promise, resolve } = Promise.withResolvers<void>()
    const wish = wishes.wish('1-4', () => promise)
    wishes.told(null)
    expect(applied).toEqual(['1-4'])
    resolve()
    await wish
    expect(applied).toEqual(['1-4'])
    wishes.told(null)
    expect(applied).toEqual(['1-4', null])
  })

  it('takes back a wish that did not reach the server', async () => {
    const { applied, wishes } = start()
    await expect(wishes.wish('1-4', () => Promise.reject(new Error('lost')))).rejects.toThrow('lost')
    expect(applied).toEqual(['1-4', null])
  })

  it('sends wishes one after the other, and the last one counts also when the one before is lost', async () => {
    const { applied, wishes } = start('1-1')
    const { promise, reject } = Promise.withResolvers<void>()
    const sent: string[] = []
    const first = wishes.wish(null, () => (sent.push('resume'), promise))
    const second = wishes.wish('1-9', async () => void sent.push('pause'))
    await Promise.resolve()
    expect(sent).toEqual(['resume'])
    reject(new Error('lost'))
    await expect(first).rejects.toThrow('lost')
    await second
    expect(sent).toEqual(['resume', 'pause'])
    expect(applied).toEqual([null, '1-9'])
  })
})

function start(pausedAt: string | null = null) {
  const applied: (string | null)[] = []
  return { applied, wishes: createPauseWishes(pausedAt, (at) => applied.push(at)) }
}
