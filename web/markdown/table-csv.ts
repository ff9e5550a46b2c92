/** The cells as they are read, as CSV (RFC 4180). */
export function tableToCsv(table: HTMLTableElement): string {
  return Array.from(table.rows, (row) =>
    Array.from(row.cells, (cell) => quote(cell.innerText ?? cell.textContent)).join(','),
  )
    .map((line) => `${line}\r\n`)
    .join('')
}

function quote(value: string): string {
  return /[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
