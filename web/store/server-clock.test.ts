// @vitest-environment node
import { describe, expect, it } from 'vitest'
import { createServerClock } from './server-clock.ts'

const NOW = Date.UTC(2026, 0, 1, 12)

describe('createServerClock', () => {
  it('takes clocks for equal that it cannot tell apart', () => {
    const clock = createServerClock()
    expect(clock.offsetMs()).toBe(0)
    clock.observe(dated(NOW), NOW + 300, NOW + 340)
    clock.observe(dated(NOW), NOW + 1700, NOW + 1740)
    expect(clock.offsetMs()).toBe(0)
  })

  it.each([
    ['ahead', 90_000],
    ['behind', -90_000],
  ])('finds a server %s, to two seconds', (_where, offsetMs) => {
    const clock = createServerClock()
    for (let at = NOW; at < NOW + 5000; at += 730) clock.observe(dated(at + 40 + offsetMs), at, at + 80)
    expect(Math.abs(clock.offsetMs() - offsetMs)).toBeLessThanOrEqual(2000)
    expect(clock.offsetMs()).not.toBe(0)
  })

  it('learns from what the server says of its clock, however late that is heard', () => {
    const clock = createServerClock()
    clock.learn(NOW + 60_000, NOW + 9_000)
    clock.learn(NOW + 70_000, NOW + 10_000)
    clock.learn(NOW + 71_000, NOW + 40_000)
    expect(clock.offsetMs()).toBe(60_000)
  })

  it('begins anew when one of the clocks was set', () => {
    const clock = createServerClock()
    clock.observe(dated(NOW + 60_000), NOW, NOW)
    clock.observe(dated(NOW + 10_000), NOW + 10_000, NOW + 10_000)
    expect(clock.offsetMs()).toBe(0)
  })

  it('learns nothing from a reply without a date', () => {
    const clock = createServerClock()
    clock.observe(new Response(), NOW, NOW)
    expect(clock.offsetMs()).toBe(0)
  })
})

function dated(at: number): Response {
  return new Response(null, { headers: { date: new Date(at).toUTCString() } })
}
