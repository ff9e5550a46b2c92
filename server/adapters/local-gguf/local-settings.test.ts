import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSettings } from '#server/config.ts'

function settingsFrom(environment: Record<string, string>) {
  const result = readSettings(environment)
  if (!result.ok) throw new Error(result.problems.join('\n'))
  return result.settings
}

test('models and their runtime lie in the data folder, wherever that is', () => {
  expect(settingsFrom({ DATA_DIR: '/srv/millrace' }).localModels).toMatchObject({
    modelsFolder: '/srv/millrace/models',
    runtimeFolder: '/srv/millrace/runtime',
  })
})

test('either may lie elsewhere', () => {
  expect(settingsFrom({ MODELS_DIR: '/models', LLAMA_RUNTIME_DIR: '/opt/llama' }).localModels).toMatchObject({
    modelsFolder: '/models',
    runtimeFolder: '/opt/llama',
  })
})

test('they are looked for without any setting', () => {
  expect(settingsFrom({}).providers.find(({ kind }) => kind === 'local-gguf')).toMatchObject({
    id: 'local',
    local: true,
    configured: false,
  })
})

test('a file of instances has no place for them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-instances-'))
  const file = join(folder, 'providers.json')
  writeFileSync(file, JSON.stringify([{ id: 'mine', kind: 'local-gguf', baseUrl: 'http://127.0.0.1' }]))
  expect(() => settingsFrom({ PROVIDERS_FILE: file })).toThrow('has an instance "mine" whose kind is not one of')
  rmSync(folder, { recursive: true })
})
