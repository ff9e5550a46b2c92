import type { BrowserContextOptions } from 'playwright-core'

/** A browser that remembers a model as the one chosen last. */
export function choosingModel(baseUrl: string, model: string): BrowserContextOptions {
  const preferences = JSON.stringify({ theme: 'system', model, thinking: false })
  const localStorage = [{ name: 'millrace.preferences', value: preferences }]
  return { storageState: { cookies: [], origins: [{ origin: new URL(baseUrl).origin, localStorage }] } }
}
