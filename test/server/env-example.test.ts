import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { expect, test } from 'vitest'
import { KNOWN_VENDORS } from '#server/provider-settings.ts'
import { readSettings } from '#server/config.ts'

const example = readFileSync(new URL('../../.env.example', import.meta.url), 'utf8')
const uncommented = parseEnv(example.replace(/^#(?=[A-Z])/gm, ''))

test('.env.example lists exactly the settings that are read', () => {
  const read = new Set<string>()
  readSettings(new Proxy({}, { get: (_target, name) => void read.add(String(name)) }))
  expect(Object.keys(uncommented).sort()).toEqual([...read].sort())
})

test('every value in .env.example is the default', () => {
  const providers = /_(API_KEY|BASE_URL)$/
  const values = Object.fromEntries(Object.entries(uncommented).filter(([name]) => !providers.test(name)))
  expect(readSettings(values)).toEqual(readSettings({}))
})

test('every base URL in .env.example is the one that is asked by default', () => {
  for (const { environment, baseUrl } of KNOWN_VENDORS) expect(uncommented[environment.baseUrl]).toBe(baseUrl)
})
