import { useRef } from 'react'
import type { ComponentProps } from 'react'
import { CopyButton } from './copy-button.tsx'
import { markdownWords } from '../words/markdown-words.ts'
import { tableToCsv } from './table-csv.ts'

/** A table that is wider than the page scrolls within itself. */
export function Table({ children }: ComponentProps<'table'>) {
  const table = useRef<HTMLTableElement>(null)
  return (
    <div className="md-table">
      <div className="md-table-scroll" role="group" aria-label={markdownWords.table} tabIndex={0}>
        <table ref={table}>{children}</table>
      </div>
      <CopyButton label={markdownWords.copyTable} text={() => (table.current ? tableToCsv(table.current) : '')} />
    </div>
  )
}
