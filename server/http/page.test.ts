import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startApi, type Api } from '#test/app/start-api.ts'

describe('the page', () => {
  let around: string
  let api: Api

  beforeAll(async () => {
    around = mkdtempSync(join(tmpdir(), 'millrace-page-'))
    const folder = join(around, 'web')
    mkdirSync(join(folder, 'assets'), { recursive: true })
    writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Page</title>')
    writeFileSync(join(folder, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
    writeFileSync(join(folder, 'assets', 'main-1a2b3c.js'), 'export {}')
    writeFileSync(join(around, 'outside.txt'), 'outside')
    api = await startApi({ webRoot: folder })
  })
  afterAll(async () => {
    await api.close()
    rmSync(around, { recursive: true })
  })

  test.each(['/', '/c/0190-some-conversation', '/?model=demo/chat'])(
    '%s is the page, asked for every time',
    async (path) => {
      const { status, headers, body } = await api.request('GET', path)
      expect(status).toBe(200)
      expect(headers.get('content-type')).toContain('text/html')
      expect(headers.get('cache-control')).toBe('no-cache')
      expect(body).toContain('<title>Page</title>')
    },
  )

  test('assets are kept for good, because their names change with their content', async () => {
    const { headers, body } = await api.request('GET', '/assets/main-1a2b3c.js')
    expect(headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(headers.get('content-type')).toContain('javascript')
    expect(body).toBe('export {}')
    expect((await api.request('GET', '/favicon.svg')).headers.get('cache-control')).toBe('no-cache')
  })

  test.each(['/assets/gone.js', '/assets/', '/../outside.txt', '/%2e%2e/outside.txt', '/settings'])(
    '%s is not there',
    async (path) => {
      const { status, body } = await api.request('GET', path)
      expect(status).toBe(404)
      expect(body.code).toBe('not-found')
    },
  )
})

test('where the page was not built, a readable one says what to do', async () => {
  const api = await startApi()
  const { status, headers, body } = await api.request('GET', '/')
  expect(status).toBe(503)
  expect(headers.get('content-type')).toContain('text/html')
  expect(body).toContain('npm run build')
  await api.close()
})
