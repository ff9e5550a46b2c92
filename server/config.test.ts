import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readEnvironment, readSettings } from './config.ts'
import type { Settings } from './domain/settings.ts'

function settingsFrom(environment: Record<string, string>): Settings {
  const result = readSettings(environment)
  if (!result.ok) throw new Error(result.problems.join('\n'))
  return result.settings
}

function problemsOf(environment: Record<string, string>): string[] {
  const result = readSettings(environment)
  return result.ok ? [] : result.problems
}

test('without any setting the demo model answers on loopback, port 8000', () => {
  expect(settingsFrom({})).toMatchObject({
    host: '127.0.0.1',
    port: 8000,
    workers: 1,
    defaultModel: 'demo/chat',
    demo: true,
    allowOpen: false,
    allowUnlistedModels: false,
    allowDemoFaults: false,
  })
})

test('an empty value counts as unset', () => {
  expect(settingsFrom({ PORT: '', OPENAI_API_KEY: ' ' })).toMatchObject({ port: 8000 })
  const openai = settingsFrom({ OPENAI_API_KEY: ' ' }).providers.find(({ id }) => id === 'openai')
  expect(openai).toMatchObject({ configured: false, apiKey: undefined })
})

describe('providers', () => {
  test('a key alone sets a vendor up at its own address', () => {
    const openai = settingsFrom({ OPENAI_API_KEY: 'sk-1' }).providers.find(({ id }) => id === 'openai')
    expect(openai).toMatchObject({
      baseUrl: 'https://api.openai.com/v1',
      apiKey: 'sk-1',
      configured: true,
      local: false,
    })
  })

  test('a base URL alone sets a vendor up without a key, and loses its trailing slash', () => {
    const openai = settingsFrom({ OPENAI_BASE_URL: 'http://127.0.0.1:9/v1/' }).providers.find(
      ({ id }) => id === 'openai',
    )
    expect(openai).toMatchObject({ baseUrl: 'http://127.0.0.1:9/v1', apiKey: undefined, configured: true })
  })

  test('servers on this machine are looked for, vendors elsewhere are not', () => {
    const providers = settingsFrom({}).providers
    expect(providers.map(({ id }) => id)).toContain('ollama')
    expect(providers.some(({ configured }) => configured)).toBe(false)
    expect(providers.find(({ id }) => id === 'anthropic')).toMatchObject({ local: false, apiKey: undefined })
  })
})

describe('wrong settings', () => {
  test.each([
    [{ PORT: '70000' }, 'PORT=70000'],
    [{ PORT: '80a' }, 'PORT=80a'],
    [{ WORKERS: '0' }, 'WORKERS=0'],
    [{ ALLOW_OPEN: 'perhaps' }, 'ALLOW_OPEN=perhaps'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL=loud'],
    [{ OLLAMA_BASE_URL: 'localhost:11434' }, 'OLLAMA_BASE_URL=localhost:11434'],
    [{ HOST: '0.0.0.0' }, 'ALLOW_OPEN=1'],
    [{ DEMO: '0' }, 'DEFAULT_MODEL'],
  ])('%j is named', (environment, mention) => {
    expect(problemsOf(environment)).toEqual([expect.stringContaining(mention)])
  })

  test.each([
    [{ OPENAI_API_KEY: 'sk-canary\nx-evil: 1' }, 'OPENAI_API_KEY'],
    [{ OPENAI_API_KEY: 'sk-canary\u200B' }, 'OPENAI_API_KEY'],
    [{ OPENAI_BASE_URL: 'sk-canary-0123456789' }, 'OPENAI_BASE_URL is not an address'],
    [{ OPENAI_BASE_URL: 'https://me:canary@127.0.0.1/v1' }, 'OPENAI_BASE_URL contains a user name or a password'],
  ])('%j is named without what is secret in it', (environment, mention) => {
    const problems = problemsOf(environment)
    expect(problems).toEqual([expect.stringContaining(mention)])
    expect(problems.join()).not.toContain('canary')
  })

  test('all are named at once', () => {
    expect(problemsOf({ PORT: 'x', WORKERS: 'y' })).toHaveLength(2)
  })

  test.each(['127.0.0.1', '127.8.9.1', 'localhost', '::1'])('%s is loopback and needs no permission', (host) => {
    expect(problemsOf({ HOST: host })).toEqual([])
  })
})

test('the .env file is read, and the environment wins over it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'env-'))
  writeFileSync(join(folder, '.env'), 'MILLRACE_TEST_A=file\nPATH=file\n')
  const environment = readEnvironment(join(folder, '.env'))
  rmSync(folder, { recursive: true })
  expect(environment['MILLRACE_TEST_A']).toBe('file')
  expect(environment['PATH']).not.toBe('file')
})

test('a missing .env file is fine', () => {
  expect(() => readEnvironment(join(tmpdir(), 'no-such-folder', '.env'))).not.toThrow()
})

describe('instances from a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-instances-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const fileOf = (content: unknown) => {
    const file = join(folder, 'providers.json')
    writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
    return file
  }

  test('stand beside the known vendors, two of one kind side by side', () => {
    const file = fileOf([
      { id: 'work', kind: 'openai-chat', vendor: 'openai', apiKeyFrom: 'WORK_KEY' },
      { id: 'lab', kind: 'openai-chat', baseUrl: 'http://10.0.0.7:8000/v1/', local: true },
    ])
    const { providers } = settingsFrom({ PROVIDERS_FILE: file, WORK_KEY: 'sk-work', OPENAI_API_KEY: 'sk-home' })
    const chosen = providers.filter(({ id }) => ['work', 'lab', 'openai'].includes(id))
    expect(chosen).toMatchObject([
      { id: 'openai', apiKey: 'sk-home' },
      { id: 'work', vendor: 'openai', baseUrl: 'https://api.openai.com/v1', apiKey: 'sk-work', configured: true },
      { id: 'lab', baseUrl: 'http://10.0.0.7:8000/v1', apiKey: undefined, local: true },
    ])
  })

  test.each<[string, unknown, RegExp]>([
    ['that is no JSON', '{', /is not JSON/],
    ['that is no list', { id: 'x' }, /not a JSON list/],
    ['with an unknown kind', [{ id: 'x', kind: 'openapi' }], /"x" whose kind is not one of openai-chat/],
    ['with a misspelt field', [{ id: 'x', kind: 'gemini', apikey: 'k' }], /unknown field "apikey"/],
    [
      'with a flag that is none',
      [{ id: 'x', kind: 'gemini', local: 'yes' }],
      /"local" at "x" that is not true or false/,
    ],
    [
      'with a background where there is none',
      [{ id: 'x', kind: 'gemini', background: true }],
      /"background" at "x", which only/,
    ],
    [
      'whose key is not set',
      [{ id: 'x', kind: 'gemini', apiKeyFrom: 'NOT_SET' }],
      /"x".* in NOT_SET, which is not set/,
    ],
    ['whose key cannot be sent', [{ id: 'x', kind: 'gemini', apiKey: 'a\nb' }], /"x" whose key holds/],
    [
      'whose address is none',
      [{ id: 'x', kind: 'gemini', baseUrl: 'http://[bad' }],
      /baseUrl at "x" that is no address/,
    ],
    [
      'whose address has a password',
      [{ id: 'x', kind: 'gemini', baseUrl: 'http://a:b@localhost' }],
      /"x" that contains a user name/,
    ],
    ['with the name of the built-in one', [{ id: 'demo', kind: 'gemini' }], /"demo", as the built-in one/],
    ['without an address', [{ id: 'x', kind: 'openai-chat' }], /"x" without a baseUrl/],
    [
      'with one name twice',
      [
        { id: 'x', kind: 'gemini' },
        { id: 'x', kind: 'gemini' },
      ],
      /two instances "x"/,
    ],
  ])('%s are refused in words', (_what, content, words) => {
    expect(problemsOf({ PROVIDERS_FILE: fileOf(content) })).toEqual([expect.stringMatching(words)])
  })

  test('answer in the background where that is said, each for itself', () => {
    const responses = { id: 'long', kind: 'openai-responses' }
    const file = fileOf([
      { ...responses, background: true },
      { ...responses, id: 'short', background: false },
    ])
    const backgroundOf = (environment: Record<string, string>) => {
      const { providers } = settingsFrom({ PROVIDERS_FILE: file, ...environment })
      return ['openai-responses', 'long', 'short'].map((id) => providers.find((one) => one.id === id)?.background)
    }
    expect(backgroundOf({})).toEqual([undefined, true, false])
    expect(backgroundOf({ OPENAI_RESPONSES_BACKGROUND: '1' })).toEqual([true, true, false])
  })

  test('must not take a name that the environment sets up', () => {
    const file = fileOf([{ id: 'openai', kind: 'openai-chat', baseUrl: 'http://127.0.0.1:1/v1' }])
    expect(problemsOf({ PROVIDERS_FILE: file, OPENAI_API_KEY: 'sk' })).toEqual([expect.stringMatching(/sets up too/)])
    expect(settingsFrom({ PROVIDERS_FILE: file }).providers.filter(({ id }) => id === 'openai')).toHaveLength(1)
  })
})
