/** Every word that the renderer itself says. */
export const markdownWords = {
  code: 'Code',
  codeIn: (language: string) => `Code, ${language}`,
  table: 'Table',
  copy: 'Copy',
  copied: 'Copied',
  copyTable: 'Copy as CSV',
  image: 'Image',
  done: 'Done',
  notDone: 'Not done',
  footnotes: 'Footnotes',
  backToReference: (number: number) => `Back to reference ${number}`,
}
