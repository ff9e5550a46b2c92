import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FOLDERS, refusal } from '../../lint/import-table.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** File → source that the linter must refuse, and the rule that must say so. */
const REFUSED: [file: string, source: string, rule: string][] = [
  ['protocol/a.ts', "import type { A } from '#server/domain/a.ts'\nexport type B = A", 'import-table'],
  ['protocol/b.ts', "import { A } from '../client/a.ts'\nexport const b = A", 'import-table'],
  ['protocol/c.ts', "import { join } from 'node:path'\nexport const c = join", 'import-table'],
  ['server/domain/d.ts', "export { A } from '../ports/a.ts'", 'import-table'],
  ['server/ports/e.ts', "export * from '#server/adapters/sql/a.ts'", 'import-table'],
  ['server/pipeline/f.ts', "export const f = () => import('#server/ports/a.ts')", 'import-table'],
  ['server/dialects/g.ts', "export type G = import('#server/commands/a.ts').A", 'import-table'],
  ['server/adapters/demo/h.ts', "export { A } from '../sql/a.ts'", 'import-table'],
  ['server/commands/i.ts', "export { A } from '#server/worker/a.ts'", 'import-table'],
  ['server/subscribe/j.ts', "export { A } from '#server/commands/a.ts'", 'import-table'],
  ['server/worker/k.ts', "export { A } from '../subscribe/a.ts'", 'import-table'],
  ['server/http/l.ts', "export { A } from '#server/adapters/sql/a.ts'", 'import-table'],
  ['server/http/m.ts', "export { A } from '../compose.ts'", 'import-table'],
  ['server/helpers/n.ts', 'import "#protocol/a.ts"', 'import-table'],
  ['server/compose.ts', "export { A } from '#web/a.ts'", 'import-table'],
  ['client/o.ts', "export { A } from '#web/a.ts'", 'import-table'],
  ['web/chat/p.tsx', "export { A } from '../../server/domain/a.ts'", 'import-table'],
  ['web/q.ts', "import { readFileSync } from 'node:fs'\nexport const q = readFileSync", 'import-table'],
  ['server/commands/r.ts', "export { fastify } from 'fastify'", 'import-table'],
  ['server/commands/s.ts', "export { default as helmet } from '@fastify/helmet'", 'import-table'],
  ['server/http/t.ts', "export { Kysely } from 'kysely'", 'import-table'],
  ['server/worker/u.ts', "export { DatabaseSync } from 'node:sqlite'", 'import-table'],
  ['server/worker/v.ts', "export { request } from 'undici'", 'import-table'],
  ['client/w.ts', "export { useState } from 'react'", 'import-table'],
  ['client/x.ts', "export { createRoot } from 'react-dom/client'", 'import-table'],
  ['server/domain/y.ts', "export { env } from 'node:process'", 'import-table'],
  ['server/http/z.ts', "export { it } from './z.test.ts'", 'import-table'],
  ['server/worker/aa.ts', 'export const port = process.env.PORT', 'no-process-env'],
  ['server/compose/bb.ts', 'export const { HOME } = process.env', 'no-process-env'],
  ['server/domain/cc.ts', 'export default 1', 'no-default-export'],
]

/** What the table allows, so that a rule that refuses everything does not pass. */
const ALLOWED: [file: string, source: string][] = [
  ['server/config.ts', 'export const port = process.env.PORT'],
  ['server/main.ts', "export { A } from './adapters/sql/a.ts'\nexport { B } from '#server/http/b.ts'"],
  ['server/http/server.ts', "export { fastify } from 'fastify'\nexport { A } from '#server/commands/a.ts'"],
  ['server/adapters/sql/open.ts', "export { DatabaseSync } from 'node:sqlite'\nexport { A } from './rows/a.ts'"],
  ['server/adapters/sql/rows/row.ts', "export { A } from '../open.ts'\nexport { B } from '#server/ports/b.ts'"],
  ['server/worker/run.test.ts', "export { A } from '../adapters/sql/a.ts'"],
  ['server/ports/store.contract.ts', "export { A } from '#server/adapters/sql/a.ts'"],
  ['web/chat/pane.tsx', "export { useState } from 'react'\nexport { A } from '#client/a.ts'"],
  ['bench/run.ts', "export { A } from '#server/adapters/sql/a.ts'\nexport { request } from 'undici'"],
  ['web/vite.config.ts', "import { join } from 'node:path'\nexport default join('a')"],
]

describe('the import table', () => {
  let tree: string
  let findings: { filename: string; code: string }[]

  beforeAll(() => {
    tree = mkdtempSync(join(tmpdir(), 'millrace-lint-'))
    for (const name of ['.oxlintrc.json', 'lint', 'tsconfig.json', 'package.json']) {
      cpSync(join(root, name), join(tree, name), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
    for (const [file, source] of [...REFUSED, ...ALLOWED]) {
      mkdirSync(dirname(join(tree, file)), { recursive: true })
      writeFileSync(join(tree, file), `${source}\n`)
    }
    findings = lint(tree)
  }, 60_000)

  afterAll(() => rmSync(tree, { recursive: true, force: true }))

  test.each(REFUSED)('refuses %s', (file, _source, rule) => {
    expect(rulesAgainst(file)).toContain(rule)
  })

  test.each(ALLOWED)('allows %s', (file) => {
    expect(rulesAgainst(file).filter((rule) => /import-table|process-env|default-export/.test(rule))).toEqual([])
  })

  test('lets no folder import one that may import it', () => {
    for (const [folder, allowed] of Object.entries(FOLDERS)) {
      for (const other of allowed.filter((name) => name !== folder && name !== 'server')) {
        const target = folder.replace('*', 'some')
        expect(refusal(`${other}/a.ts`, `#${target}/b.ts`), `${other} → ${target}`).toBeDefined()
      }
    }
  })

  function rulesAgainst(file: string): string[] {
    return findings
      .filter((finding) => finding.filename === file)
      .map((finding) => /\(([^)]+)\)/.exec(finding.code)?.[1] ?? '')
  }
})

/** Runs the project's own linter with the project's own rules over the tree. */
function lint(tree: string): { filename: string; code: string }[] {
  const folders = ['protocol', 'server', 'client', 'web', 'bench']
  const args = [join(root, 'node_modules/oxlint/bin/oxlint'), '--format=json', ...folders]
  try {
    execFileSync(process.execPath, args, { cwd: tree, encoding: 'utf8' })
    return []
  } catch (error) {
    // Exit code 1 is what findings look like; anything else prints no JSON and fails here.
    return JSON.parse((error as { stdout: string }).stdout).diagnostics
  }
}
