import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { KeyPlace } from '#server/ports/key-vault.ts'
import { masterKeyFromFile } from './master-key-file.ts'
import { createSealedKeyVault } from './sealed-key-vault.ts'

const PLACE: KeyPlace = { userId: 'u', provider: 'openai', baseUrl: null }
const MODULE = fileURLToPath(new URL('./master-key-file.ts', import.meta.url))

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-key-file-'))
  file = join(folder, 'secret.key')
})
afterEach(() => rmSync(folder, { recursive: true }))

test('is made when the first key is stored, for its owner alone, and nothing else is left', async () => {
  const vault = createSealedKeyVault({ secretKey: undefined, file })
  const nothing = { keyId: 'x', nonce: '', ciphertext: '', tag: '' }
  expect(await vault.open(nothing, PLACE)).toBeUndefined()
  expect(readdirSync(folder)).toEqual([])
  await vault.seal('key', PLACE)
  expect(readdirSync(folder)).toEqual(['secret.key'])
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
})

test('is the same for processes that need it first at the same moment', { timeout: 60_000 }, async () => {
  const startsAt = Date.now() + 1_500
  const script = `
    import { masterKeyFromFile } from ${JSON.stringify(MODULE)}
    while (Date.now() < ${startsAt}) {}
    process.stdout.write(masterKeyFromFile(${JSON.stringify(file)}, true).id)`
  const ids = await Promise.all(Array.from({ length: 6 }, () => run(script)))
  expect(new Set(ids)).toEqual(new Set([masterKeyFromFile(file, false)?.id]))
  expect(readdirSync(folder)).toEqual(['secret.key'])
})

function run(script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    child.stdout.on('data', (bytes) => (printed += String(bytes)))
    child.on('close', (code) => (code === 0 ? resolve(printed) : reject(new Error(`it ended with ${code}`))))
  })
}

test('that is lost is made anew, and what was stored before cannot be read', async () => {
  const vault = createSealedKeyVault({ secretKey: undefined, file })
  const sealed = await vault.seal('key', PLACE)
  rmSync(file)
  expect(await vault.open(sealed, PLACE)).toBeUndefined()
  const again = await vault.seal('key', PLACE)
  expect(await vault.open(sealed, PLACE)).toBeUndefined()
  expect(await vault.open(again, PLACE)).toBe('key')
})

test('that is damaged is left alone: nothing is read with it, and storing says what to do', async () => {
  const vault = createSealedKeyVault({ secretKey: undefined, file })
  const sealed = await vault.seal('key', PLACE)
  writeFileSync(file, 'oops')
  expect(await vault.open(sealed, PLACE)).toBeUndefined()
  await expect(vault.seal('key', PLACE)).rejects.toMatchObject({
    code: 'unusable-installation',
    message: expect.stringMatching(/secret\.key does not hold a key\. Restore it, or move it away/) as unknown,
  })
  expect(readFileSync(file, 'utf8')).toBe('oops')
})

test('that cannot be made is a failure of the disk, in words', async () => {
  const vault = createSealedKeyVault({ secretKey: undefined, file: join(folder, 'unmounted', 'secret.key') })
  await expect(vault.seal('key', PLACE)).rejects.toMatchObject({
    code: 'storage-failed',
    message: expect.stringContaining('cannot be made (ENOENT)') as unknown,
  })
})
