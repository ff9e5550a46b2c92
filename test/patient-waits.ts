import { vi } from 'vitest'

/** Vitest gives up after a second, which a busy machine may need for what takes a moment: tests assert the outcome. */
const PATIENCE_MS = 15_000
const waitFor = vi.waitFor

vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: PATIENCE_MS, ...options })
