import { expect, it } from 'vitest'
import { chunkLines } from './chunk-lines.ts'
import { createCodePainter } from './code-painter.ts'

const KEYWORD = 1

function draw(code: string) {
  const parent = document.createElement('code')
  const { chunks } = chunkLines(code)
  for (const chunk of chunks) parent.append(Object.assign(document.createElement('span'), { textContent: chunk }))
  return { parent, chunks }
}

it('paints known lines and leaves the text as it is', () => {
  const code = Array.from({ length: 70 }, (_, line) => `let a${line} = 1`).join('\n')
  const { parent, chunks } = draw(code)
  const painter = createCodePainter()
  painter.add(Array.from({ length: 40 }, () => [3, KEYWORD, 3, 0]))
  painter.paint(parent.children, chunks)
  expect(parent.textContent).toBe(code)
  expect(parent.querySelectorAll('.tk-keyword')).toHaveLength(40)
  expect(parent.children[2]!.childElementCount).toBe(0)
})

it('paints a piece again only when its text or its colours are new', () => {
  const { parent, chunks } = draw('let a\n'.repeat(40))
  const painter = createCodePainter()
  painter.add(Array.from({ length: 33 }, () => [3, KEYWORD, 2, 0]))
  painter.paint(parent.children, chunks)
  const first = parent.children[0]!.firstChild
  const second = parent.children[1]!.firstChild
  painter.add([[3, KEYWORD, 2, 0]])
  painter.paint(parent.children, chunks)
  expect(parent.children[0]!.firstChild).toBe(first)
  expect(parent.children[1]!.firstChild).not.toBe(second)
  expect(parent.querySelectorAll('.tk-keyword')).toHaveLength(34)
})

it('shows the text in full when the colours do not fit it', () => {
  const { parent, chunks } = draw('ab\ncd')
  const painter = createCodePainter()
  painter.add([
    [1, KEYWORD, 9, KEYWORD],
    [99, KEYWORD],
  ])
  painter.paint(parent.children, chunks)
  expect(parent.textContent).toBe('ab\ncd')
})

it('cuts code that grows into the same pieces as the whole', () => {
  const code = Array.from({ length: 100 }, (_, line) => `line ${line}`).join('\n')
  let growing = chunkLines('')
  for (let end = 0; end <= code.length; end += 7) growing = chunkLines(code.slice(0, end), growing)
  growing = chunkLines(code, growing)
  expect(growing.chunks).toEqual(chunkLines(code).chunks)
  expect(growing.chunks.join('')).toBe(code)
  expect(growing.chunks).toHaveLength(4)
})
