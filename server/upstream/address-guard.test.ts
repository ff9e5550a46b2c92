import { describe, expect, test } from 'vitest'
import { createAddressGuard, type PrivateBaseUrls, type ResolveName } from './address-guard.ts'

const NAMES: Record<string, string[]> = {
  'api.vendor.example': ['93.184.215.14', '2606:2800:21f:cb07::1'],
  'inside.example': ['10.1.2.3'],
  'half-inside.example': ['93.184.215.14', '192.168.0.1'],
  localhost: ['127.0.0.1', '::1'],
  'localtest.example': ['127.0.0.1'],
}
const resolve: ResolveName = (name, callback) => {
  const found = NAMES[name]?.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  callback(found ? null : new Error('ENOTFOUND'), found ?? [])
}
const refusal = (baseUrl: string, allowed: PrivateBaseUrls = 'none') =>
  createAddressGuard(allowed, resolve).refusal(baseUrl)

describe('a base URL of a user', () => {
  test.each([
    'https://api.vendor.example/v1',
    'https://api.vendor.example:8443/v1?api-version=1',
    'http://8.8.8.8/v1',
    'https://[2606:4700::1111]/v1',
    'https://cannot-be-resolved-now.example/v1',
  ])('may be on the public internet: %s', async (url) => expect(await refusal(url)).toBeUndefined())

  test.each([
    'http://127.0.0.1:11434',
    'http://127.1/v1',
    'http://0x7f.1/v1',
    'http://2130706433/v1',
    'http://0177.0.0.1/v1',
    'http://１２７.0.0.1/v1',
    'http://0/v1',
    'http://0.0.0.0/v1',
    'http://10.0.0.1/v1',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]/v1',
    'http://[::]/v1',
    'http://[::ffff:10.0.0.1]/v1',
    'http://[64:ff9b::a00:1]/v1',
    'http://[fd00:ec2::254]/v1',
    'http://localhost:11434',
    'http://localtest.example/v1',
    'https://inside.example/v1',
    'https://half-inside.example/v1',
  ])('may not be inside the network of the server: %s', async (url) => {
    expect(await refusal(url)).toContain('is not on the public internet')
    expect(await refusal(url, 'all')).toBeUndefined()
  })

  test.each(['http://127.0.0.1:11434', 'http://2130706433/v1', 'http://[::1]/v1', 'http://localhost:11434'])(
    'may be on the machine of a server that only this machine reaches: %s',
    async (url) => expect(await refusal(url, 'loopback')).toBeUndefined(),
  )

  test.each(['http://0.0.0.0/v1', 'http://192.168.0.1/v1', 'http://[::ffff:127.0.0.1]/v1', 'http://inside.example'])(
    'but not elsewhere then: %s',
    async (url) => expect(await refusal(url, 'loopback')).toContain('or on the machine of this server'),
  )

  test.each([
    ['ftp://api.vendor.example', 'does not start with http'],
    ['file:///etc/passwd', 'does not start with http'],
    ['api.vendor.example/v1', 'is not an address'],
    ['https://user:secret@api.vendor.example/v1', 'user name or a password'],
    ['https://user@api.vendor.example/v1', 'user name or a password'],
    ['https://api.vendor.example/v1#there', 'contains a #'],
    ['http://', 'is not an address'],
  ])('is refused for its form whatever is allowed: %s', async (url, words) => {
    for (const allowed of ['none', 'loopback', 'all'] as const) expect(await refusal(url, allowed)).toContain(words)
  })

  test('is not waited for longer than two seconds', async () => {
    const started = performance.now()
    expect(await createAddressGuard('none', () => {}).refusal('https://slow.example')).toBeUndefined()
    expect(performance.now() - started).toBeLessThan(4_000)
  })
})
