import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ggufBytes } from '#test/gguf/gguf-bytes.ts'
import { counting, tinyGguf, writeTinyGguf } from '#test/gguf/make-tiny-gguf.ts'
import { createFindModels } from './find-models.ts'

const tiny = { answer: counting(3) }
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-models-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function idsIn(path = folder): Promise<string[]> {
  return (await createFindModels(path)()).models.map(({ id }) => id)
}

test('a folder that is not there holds no models', async () => {
  expect(await createFindModels(join(folder, 'absent'))()).toEqual({ models: [], refused: [] })
})

test('finds files in the folder and in the folders in it, no deeper', async () => {
  writeTinyGguf(join(folder, 'Zeta-Q4_K_M.gguf'), { ...tiny, contextLength: 512, name: 'Zeta' })
  writeTinyGguf(join(folder, 'maker/alpha.GGUF'), tiny)
  writeTinyGguf(join(folder, 'a/b/too-deep.gguf'), tiny)
  writeTinyGguf(join(folder, '.hidden.gguf'), tiny)
  writeFileSync(join(folder, 'README.md'), 'models')
  symlinkSync(join(folder, 'a/b/too-deep.gguf'), join(folder, 'linked.gguf'))
  const { models, refused } = await createFindModels(folder)()
  expect(models.map(({ id }) => id)).toEqual(['Zeta-Q4_K_M', 'linked', 'alpha'])
  expect(models[0]).toMatchObject({ name: 'Zeta', contextLength: 512, path: join(folder, 'Zeta-Q4_K_M.gguf') })
  expect(refused).toEqual([])
})

test('a model in several files is one, once all are there', async () => {
  writeTinyGguf(join(folder, 'big-00001-of-00002.gguf'), tiny)
  expect(await idsIn()).toEqual([])
  writeTinyGguf(join(folder, 'big-00002-of-00002.gguf'), tiny)
  expect(await idsIn()).toEqual(['big'])
})

test('what looks at images, and adapters, are no models', async () => {
  const bytes = (type: string, architecture: string) =>
    ggufBytes({ 'general.architecture': { text: architecture }, 'general.type': { text: type } }, [])
  writeTinyGguf(join(folder, 'mmproj-tiny.gguf'), tiny)
  writeFileSync(join(folder, 'eyes.gguf'), bytes('model', 'clip'))
  writeFileSync(join(folder, 'lora.gguf'), bytes('adapter', 'llama'))
  expect(await createFindModels(folder)()).toEqual({ models: [], refused: [] })
})

test('two of one name are told apart by their folders', async () => {
  for (const maker of ['one', 'two']) writeTinyGguf(join(folder, maker, 'same.gguf'), tiny)
  expect(await idsIn()).toEqual(['same', 'two/same'])
})

test('says of each file that cannot be used why', async () => {
  writeFileSync(join(folder, 'page.gguf'), '<html>Not found</html>')
  writeFileSync(join(folder, 'half.gguf'), tinyGguf(tiny).subarray(0, 100))
  writeFileSync(join(folder, 'empty.gguf'), '')
  mkdirSync(join(folder, 'folder.gguf'))
  expect((await createFindModels(folder)()).refused).toEqual([
    'empty.gguf: it ends too soon',
    'half.gguf: it ends too soon',
    'page.gguf: it does not begin as one',
  ])
})

test('reads a long header in as many steps as it takes', async () => {
  const texts = Array.from({ length: 100_000 }, (_, index) => `token ${index}`)
  const metadata = { 'tokenizer.ggml.tokens': { texts }, 'general.architecture': { text: 'llama' } }
  writeFileSync(join(folder, 'late.gguf'), ggufBytes(metadata, []))
  expect(await idsIn()).toEqual(['late'])
})

test('a file that has not changed is not read again, one that was replaced is', async () => {
  const find = createFindModels(folder)
  const path = join(folder, 'tiny.gguf')
  writeTinyGguf(path, { ...tiny, contextLength: 512 })
  const [before] = (await find()).models
  // The same size and time: only what was remembered can still say so.
  const time = new Date(1_700_000_000_000)
  utimesSync(path, time, time)
  const [known] = (await find()).models
  const size = tinyGguf(tiny).length
  writeFileSync(path, Buffer.alloc(size))
  truncateSync(path, size)
  utimesSync(path, time, time)
  expect((await find()).models).toEqual([known])
  expect(known?.version).not.toBe(before?.version)
  writeTinyGguf(`${path}.new`, { ...tiny, contextLength: 1_024 })
  renameSync(`${path}.new`, path)
  expect((await find()).models).toMatchObject([{ contextLength: 1_024 }])
})
