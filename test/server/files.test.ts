import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FileView } from '#protocol/api/files.ts'
import { startApi, type Api } from '#test/app/start-api.ts'

const png = (extra: Buffer = randomBytes(32)): Buffer<ArrayBuffer> =>
  Buffer.concat([Buffer.from('\x89PNG\r\n\x1A\n', 'latin1'), extra])
const jpeg = Buffer.from('\xFF\xD8\xFF\xE0 a picture', 'latin1')
const pdf = Buffer.from('%PDF-1.7 and so on')

describe('files', () => {
  let api: Api
  beforeAll(async () => {
    api = await startApi()
  })
  afterAll(() => api.close())

  async function upload(body: Uint8Array<ArrayBuffer>, type: string, query = '') {
    const headers: Record<string, string> = type === '' ? {} : { 'content-type': type }
    const response = await fetch(`${api.baseUrl}/api/v1/files${query}`, { method: 'POST', headers, body })
    return { status: response.status, body: (await response.json()) as FileView & { code: string; detail: string } }
  }

  const download = (id: string) => fetch(`${api.baseUrl}/api/v1/files/${id}`)

  test('come back byte for byte, with their type and name, and may be kept by the browser', async () => {
    const image = png(randomBytes(50_000))
    const { status, body } = await upload(image, 'image/png', '?name=Skizze%20%C3%BC%22%0A.png')
    expect(status).toBe(201)
    expect(body).toEqual({
      id: expect.any(String) as unknown,
      mediaType: 'image/png',
      bytes: image.length,
      name: 'Skizze ü"\n.png',
    })
    const response = await download(body.id)
    expect(Buffer.from(await response.arrayBuffer()).equals(image)).toBe(true)
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(image.length),
      'cache-control': 'private, max-age=31536000, immutable',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'content-disposition': "inline; filename*=UTF-8''Skizze%20%C3%BC%22%0A.png",
    })
  })

  test('that are documents are saved, not shown', async () => {
    const { body } = await upload(pdf, 'application/pdf')
    expect(body).toMatchObject({ mediaType: 'application/pdf', name: 'document.pdf' })
    expect((await download(body.id)).headers.get('content-disposition')).toMatch(/^attachment; /)
  })

  test.each([
    ['application/octet-stream', jpeg, 'image/jpeg'],
    ['', jpeg, 'image/jpeg'],
    ['image/jpg', jpeg, 'image/jpeg'],
    ['IMAGE/GIF; charset=binary', Buffer.from('GIF89a…'), 'image/gif'],
    ['image/webp', Buffer.from('RIFF\0\0\0\0WEBPVP8 ', 'latin1'), 'image/webp'],
  ])('sent as "%s" are what their bytes say', async (type, bytes, expected) => {
    expect(await upload(bytes, type)).toMatchObject({ status: 201, body: { mediaType: expected } })
  })

  test.each([
    ['image/png', jpeg, /sent as image\/png, but by its first bytes it is image\/jpeg/],
    ['image/svg+xml', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), /none of image\/png/],
    ['text/html', Buffer.from('<script>alert(1)</script>'), /none of image\/png/],
    ['image/webp', Buffer.from('RIFF\0\0\0\0WAVEfmt ', 'latin1'), /none of image\/png/],
    ['application/json', Buffer.from('{"a": 1}'), /sent as application\/json. Send the bytes of the file alone/],
    ['multipart/form-data; boundary=x', Buffer.from('--x--'), /sent as multipart\/form-data. Send the bytes/],
    ['image/png', Buffer.alloc(0), /empty/],
  ])('sent as %s that are something else are refused in words (%#)', async (type, bytes, words) => {
    const { status, body } = await upload(bytes, type)
    expect([status, body.code]).toEqual([415, 'unsupported-file'])
    expect(body.detail).toMatch(words)
  })

  test('that are too large are refused with the limit that counts', async () => {
    const { status, body } = await upload(png(randomBytes(100_001)), 'image/png')
    expect([status, body.code]).toEqual([413, 'body-too-large'])
    expect(body.detail).toContain('100000 bytes')
  })

  test('whose sender goes away in the middle leave nothing behind, and nothing in the log', async () => {
    const before = readdirSync(api.blobFolder, { recursive: true })
    const socket = connect(api.port, '127.0.0.1')
    socket.write(
      'POST /api/v1/files HTTP/1.1\r\nhost: localhost\r\ncontent-type: image/png\r\ncontent-length: 9999\r\n\r\n',
    )
    socket.write(png())
    const [server] = (await once(api.app.server, 'request')) as [IncomingMessage]
    socket.destroy()
    await new Promise((resolve) => server.on('close', resolve))
    await setImmediate()
    expect(readdirSync(api.blobFolder, { recursive: true })).toEqual(before)
    expect(api.errors).toEqual([])
  })

  test('that were sent twice under one name are the same file', async () => {
    const image = png()
    const first = await upload(image, 'image/png', '?name=a.png')
    expect((await upload(image, 'image/png', '?name=a.png')).body.id).toBe(first.body.id)
    expect((await upload(image, 'image/png', '?name=b.png')).body.id).not.toBe(first.body.id)
  })

  test('of nobody, and those whose bytes the disk has lost, are not found', async () => {
    expect((await download('nothing')).status).toBe(404)
    const { body } = await upload(png(), 'image/png')
    await rm(api.blobFolder, { recursive: true })
    const gone = await download(body.id)
    expect([gone.status, ((await gone.json()) as { detail: string }).detail]).toEqual([
      404,
      'The bytes of this file are no longer on the disk. Send it again.',
    ])
    // They can be sent again, under the same id.
    const again = await upload(png(), 'image/png')
    expect((await download(again.body.id)).status).toBe(200)
  })

  test("of another user's are not found", async () => {
    const { store } = api.backend
    const theirs = await store.addFile({
      id: 'theirs',
      userId: 'somebody-else',
      hash: '0'.repeat(64),
      mediaType: 'image/png',
      bytes: 1,
      name: 'x',
      createdAt: 1,
    })
    const refused = await download(theirs.id)
    const { detail } = (await refused.json()) as { detail: string }
    expect([refused.status, detail]).toEqual([404, 'There is no such file.'])
    expect(await store.getFiles('somebody-else', ['theirs', 'nothing'])).toEqual([theirs])
  })

  test('are taken only where they belong: other routes want JSON', async () => {
    const response = await fetch(`${api.baseUrl}/api/v1/conversations`, {
      method: 'POST',
      headers: { 'content-type': 'image/png' },
      body: png(),
    })
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([
      415,
      'unsupported-media-type',
    ])
  })
})
