import { expect, test } from 'vitest'
import { CHAT_VENDORS, chatEndpoint, chatVendor } from './vendors.ts'

test('every vendor has its own id, environment names and usable base URL', () => {
  expect(new Set(CHAT_VENDORS.map(({ id }) => id)).size).toBe(CHAT_VENDORS.length)
  for (const vendor of CHAT_VENDORS) {
    expect(vendor.environment).toEqual({
      apiKey: `${vendor.id.toUpperCase()}_API_KEY`,
      baseUrl: `${vendor.id.toUpperCase()}_BASE_URL`,
    })
    expect(new URL(vendor.baseUrl).protocol).toBe(vendor.local ? 'http:' : 'https:')
    expect(vendor.baseUrl).not.toMatch(/\/$/)
  }
})

test.each([
  ['openai', 'https://api.openai.com/v1', 'https://api.openai.com/v1/models'],
  ['openai', 'http://127.0.0.1:9/v1/', 'http://127.0.0.1:9/v1/models'],
  ['openai', 'https://a.example/openai?api-version=1', 'https://a.example/openai/models?api-version=1'],
  ['ollama', 'http://127.0.0.1:11434', 'http://127.0.0.1:11434/v1/models'],
  ['ollama', 'http://127.0.0.1:11434/v1', 'http://127.0.0.1:11434/v1/models'],
  ['perplexity', 'https://api.perplexity.ai', 'https://api.perplexity.ai/models'],
])('%s at %s lists its models at %s', (id, baseUrl, expected) => {
  expect(chatEndpoint(chatVendor(id), baseUrl, '/models').href).toBe(expected)
})

test('an instance of no listed vendor is a plain compatible server', () => {
  expect(chatVendor('my-server')).toMatchObject({ tokenLimitParameter: 'max_tokens', asksForUsage: true })
})
