import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const documents = ['README.md', 'ARCHITECTURE.md', ...markdownIn('docs'), ...markdownIn('docs/decisions')]
const LINK = /\[([^\]]+)\]\(([^)#]+)[^)]*\)/g

test.each(documents)('%s links only to what is there', (document) => {
  const missing = linksOf(read(document))
    .map(({ target }) => target)
    .filter((target) => !target.startsWith('http') && !existsSync(join(root, dirname(document), target)))
  expect(missing).toEqual([])
})

test('each row of the failure table names a test that exists', () => {
  const tables = read('ARCHITECTURE.md').split('## What fails')[1]?.split('\n## ')[0] ?? ''
  const rows = tables.split('\n').filter((line) => line.startsWith('|') && !/^\| (what fails|---)/.test(line))
  expect(rows.length).toBeGreaterThan(10)
  for (const row of rows) {
    const [proof] = linksOf(row)
    expect(proof && read(proof.target), row).toContain(proof?.text)
  }
})

test('ARCHITECTURE.md stays a map: at most 180 lines beside its failure tables', () => {
  const map = read('ARCHITECTURE.md').replace(/\n## What fails[\s\S]*?(?=\n## )/, '')
  expect(map.split('\n').length).toBeLessThanOrEqual(180)
})

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
}

function linksOf(text: string): { text: string; target: string }[] {
  return [...text.matchAll(LINK)].map((match) => ({ text: match[1] ?? '', target: match[2] ?? '' }))
}

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}
