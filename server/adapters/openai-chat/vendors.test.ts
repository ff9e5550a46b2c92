import { expect, test } from 'vitest'
import { PLAIN_RULES } from './chat-rules.ts'
import { chatEndpoint, deploymentOf } from './chat-endpoint.ts'
import { CHAT_VENDORS, chatVendor } from './vendors.ts'

test('every vendor has its own id, environment names and usable base URL', () => {
  expect(new Set(CHAT_VENDORS.map(({ id }) => id)).size).toBe(CHAT_VENDORS.length)
  for (const vendor of CHAT_VENDORS) {
    expect(vendor.environment).toEqual({
      apiKey: `${vendor.id.toUpperCase().replace('-', '_')}_API_KEY`,
      baseUrl: `${vendor.id.toUpperCase().replace('-', '_')}_BASE_URL`,
    })
    const scheme = vendor.id === 'azure-openai' ? '' : vendor.local ? 'http:' : 'https:'
    expect(vendor.baseUrl.split('//')[0]).toBe(scheme)
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

test.each([
  ['https://r.openai.azure.com', 'https://r.openai.azure.com/openai/v1/chat/completions'],
  ['https://r.openai.azure.com/openai/v1', 'https://r.openai.azure.com/openai/v1/chat/completions'],
  [
    'https://r.example/openai/v1?api-version=preview',
    'https://r.example/openai/v1/chat/completions?api-version=preview',
  ],
  [
    'https://r.example?api-version=2024-10-21',
    'https://r.example/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21',
  ],
  [
    'https://r.example/openai?api-version=2024-10-21',
    'https://r.example/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21',
  ],
  [
    'https://r.example/openai/deployments/one?api-version=2024-10-21',
    'https://r.example/openai/deployments/one/chat/completions?api-version=2024-10-21',
  ],
])('Azure at %s is asked at %s', (baseUrl, expected) => {
  expect(chatEndpoint(chatVendor('azure-openai'), baseUrl, '/chat/completions', 'my gpt').href).toBe(expected)
})

test('a base URL that names a deployment has that one model', () => {
  const azure = chatVendor('azure-openai')
  const baseUrl = 'https://r.example/openai/deployments/my%20gpt?api-version=1'
  expect(deploymentOf(azure, baseUrl)).toBe('my gpt')
  expect(chatEndpoint(azure, baseUrl, '/models').href).toBe('https://r.example/openai/models?api-version=1')
  expect(deploymentOf(azure, 'https://r.example/openai/v1')).toBeUndefined()
})

test('an instance of no listed vendor is a plain compatible server', () => {
  expect(chatVendor('my-server').rules).toEqual(PLAIN_RULES)
})
