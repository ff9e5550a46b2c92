import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readSettings } from './config.ts'
import { readModelsFile } from './models-file.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-models-'))
const file = join(folder, 'models.json')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = (content: unknown) => {
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return readModelsFile(file)
}

test('says what the operator knows of single models', () => {
  const models = {
    'openai/gpt-x': {
      name: 'Ours',
      contextLength: 1_000,
      maxOutputTokens: 100,
      capabilities: { images: false, tools: true },
      price: {
        input: 0,
        output: 1.5,
        cachedInput: 0,
        long: { aboveTokens: 10, input: 1, output: 2 },
        asOf: '2026-11-01',
      },
      hidden: true,
    },
    'work/org/model': { price: null },
  }
  expect(read(models)).toEqual(models)
})

test.each([
  ['[', 'is not JSON'],
  [[], 'is not a JSON object of models'],
  [{ gpt: {} }, 'has a model "gpt" that is not named provider/model'],
  [{ 'a/b': 1 }, 'has a model "a/b" that is no object'],
  [{ 'a/b': { prices: {} } }, 'has an unknown field "prices"'],
  [{ 'a/b': { toString: {} } }, 'has an unknown field "toString"'],
  [{ 'a/b': { contextLength: '8k' } }, 'has a "contextLength" that is no whole number above 0'],
  [{ 'a/b': { hidden: 1 } }, 'has a "hidden" that is neither true nor false'],
  [{ 'a/b': { name: '' } }, 'has a "name" that is no text'],
  [{ 'a/b': { price: { input: 1 } } }, 'has a "price" that has no "output"'],
  [{ 'a/b': { price: { input: -1, output: 1 } } }, 'that has a "input" that is no amount of dollars'],
  [{ 'a/b': { price: { input: 1, output: 1, asOf: 'now' } } }, 'has a "asOf" that is no day like 2026-01-31'],
  [{ 'a/b': { price: { input: 1, output: 1, long: { input: 1, output: 1 } } } }, 'has no "aboveTokens"'],
  [{ 'a/b': { capabilities: { sight: true } } }, 'has an unknown field "sight"'],
])('%j is refused: it %s', (content, words) => {
  expect(() => read(content)).toThrow(words)
})

test('what is wrong with it is said at start, in a sentence that names the setting', () => {
  const missing = join(folder, 'none.json')
  expect(readSettings({ MODELS_FILE: missing })).toEqual({
    ok: false,
    problems: [`MODELS_FILE=${missing} cannot be read (ENOENT).`],
  })
})
