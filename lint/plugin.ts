import { relative, sep } from 'node:path'
import { refusal } from './import-table.ts'

/** The parts of oxlint's plugin interface (that of ESLint 9) that the rule needs. */
interface RuleContext {
  cwd: string
  filename: string
  report(problem: { node: unknown; message: string }): void
}

interface ImportNode {
  source?: { type: string; value?: unknown } | null
}

/** `millrace/import-table`: every static, dynamic, type and re-exporting import keeps to the import table. */
const importTable = {
  create(context: RuleContext) {
    const file = relative(context.cwd, context.filename).split(sep).join('/')
    const check = (node: ImportNode) => {
      if (typeof node.source?.value !== 'string') return
      const message = refusal(file, node.source.value)
      if (message !== undefined) context.report({ node: node.source, message })
    }
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      TSImportType: check,
    }
  },
}

export default { meta: { name: 'millrace' }, rules: { 'import-table': importTable } }
