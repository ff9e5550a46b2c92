import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeKeyVaultContract } from '#server/ports/key-vault.contract.ts'
import { createSealedKeyVault } from './sealed-key-vault.ts'

const close = async () => {}

describeKeyVaultContract('SECRET_KEY of 32 bytes', async () => {
  const vault = (secretKey: string) => createSealedKeyVault({ secretKey, file: '' })
  const bytes = Buffer.alloc(32, 7)
  // The same bytes, written in two ways.
  return {
    vault: vault(bytes.toString('hex')),
    another: vault(bytes.toString('base64')),
    stranger: vault('8'.repeat(64)),
    close,
  }
})

describeKeyVaultContract('SECRET_KEY as a passphrase', async () => {
  const vault = (secretKey: string) => createSealedKeyVault({ secretKey, file: '' })
  const passphrase = 'the mill turns as long as the water runs'
  return { vault: vault(passphrase), another: vault(passphrase), stranger: vault(`${passphrase}.`), close }
})

describeKeyVaultContract('a file in the data folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-keys-'))
  const vault = (file: string) => createSealedKeyVault({ secretKey: undefined, file: join(folder, file) })
  return {
    vault: vault('secret.key'),
    another: vault('secret.key'),
    stranger: vault('other.key'),
    close: async () => rmSync(folder, { recursive: true }),
  }
})
