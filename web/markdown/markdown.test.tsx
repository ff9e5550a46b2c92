import { act, cleanup, fireEvent, render } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Block } from './block.tsx'
import { HOSTILE } from './hostile-corpus.ts'
import { CORPUS } from './markdown-corpus.ts'
import { Markdown } from './markdown.tsx'
import { parseBlock, parseDocument } from './parse-markdown.ts'

afterEach(cleanup)

const draw = (text: string, streaming = false) => render(<Markdown text={text} streaming={streaming} />).container

describe('a finished text', () => {
  it.each(Object.entries(CORPUS))('looks as one whole parse draws it, however it came: %s', (_, text) => {
    const elements = parseDocument([text], 'whole-')?.[0] ?? parseBlock(text)
    const whole = withoutIds(render(<Block text={text} elements={elements} />).container.innerHTML)
    cleanup()
    const { container, rerender } = render(<Markdown text="" streaming />)
    for (const part of [0.2, 0.5, 0.51, 0.9, 1]) {
      rerender(<Markdown text={text.slice(0, Math.floor(text.length * part))} streaming />)
    }
    rerender(<Markdown text={text} streaming={false} />)
    const groups = [...container.querySelectorAll('.md-group')].map(({ innerHTML }) => innerHTML)
    expect(withoutIds(groups.join(''))).toBe(whole)
  })

  it('numbers its footnotes through the document and links them within it', () => {
    const container = draw('One[^b] two[^a].\n\nThree[^b].\n\n[^a]: First\n\n[^b]: Second\n')
    expect([...container.querySelectorAll('p sup')].map((sup) => sup.textContent)).toEqual(['1', '2', '1'])
    const reference = container.querySelector('sup a')!
    expect(
      container.querySelector(`[id="${decodeURIComponent(reference.getAttribute('href')!.slice(1))}"]`)!.textContent,
    ).toContain('Second')
    expect(reference.getAttribute('target')).toBeNull()
  })

  it('keeps the footnotes of two texts apart', () => {
    const text = 'One[^1].\n\n[^1]: Note\n'
    const { container } = render([
      <Markdown key="a" text={text} streaming={false} />,
      <Markdown key="b" text={text} streaming={false} />,
    ])
    const ids = [...container.querySelectorAll('li[id]')].map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
  })

  it('resolves link definitions that come after their use', () => {
    expect(draw('See [the log][1].\n\n[1]: https://example.org/log\n').querySelector('a')!.href).toBe(
      'https://example.org/log',
    )
  })

  it('leaves single dollars and tildes as text', () => {
    expect(draw('$5 and $10, 20~25 of 30~35').textContent).toBe('$5 and $10, 20~25 of 30~35')
  })

  it('shows HTML as it is written, but for line breaks', () => {
    const container = draw('<div>\n*a*\n</div>\n\n| a |\n|---|\n| b<br>c |\n')
    expect(container.querySelector('p')!.textContent).toBe('<div>\n*a*\n</div>')
    expect(container.querySelector('td br')).not.toBeNull()
  })
})

describe('a text that is being written', () => {
  it('never touches a settled block again, not even at its end', () => {
    const text = Object.values(CORPUS).slice(0, 8).join('\n\n')
    const { container, rerender } = render(<Markdown text="" streaming />)
    const settled: Element[] = []
    for (let end = 0; end <= text.length; end += 37) {
      rerender(<Markdown text={text.slice(0, end)} streaming />)
      const elements = [...container.querySelectorAll('.md-group > *')]
      settled.forEach((element, index) => expect(elements[index]).toBe(element))
      settled.push(...elements.slice(settled.length, -3))
    }
    const changes: MutationRecord[] = []
    const observer = new MutationObserver((records) => changes.push(...records))
    settled.forEach((element) =>
      observer.observe(element, { subtree: true, childList: true, characterData: true, attributes: true }),
    )
    rerender(<Markdown text={`${text}\n\nThe end.`} streaming={false} />)
    changes.push(...observer.takeRecords())
    expect(settled.length).toBeGreaterThan(20)
    expect(changes).toEqual([])
  })

  it('has one caret, after the last word of its last block', () => {
    for (const text of [
      '',
      'text',
      '# Head',
      '- a\n- b',
      '> quote',
      '| a |\n|---|\n| b |',
      '- a\n  1. b',
      'a\n\n---\n',
      'one\n\ntwo\n\nthree',
    ]) {
      const container = draw(text, true)
      const carets = container.querySelectorAll('.md-caret')
      expect(carets.length, text).toBe(1)
      expect(lastLeaf(container), text).toBe(carets[0])
      cleanup()
    }
    expect(draw('text').querySelector('.md-caret')).toBeNull()
  })

  it('closes what is still open in its last block only', () => {
    const container = draw('**a\n\nsome **bold', true)
    expect([...container.querySelectorAll('strong')].map((each) => each.textContent)).toEqual(['bold'])
    expect(draw('see [the log](https://exam', true).textContent).toBe('see the log')
  })

  it('shows footnotes as they are written until it has ended', () => {
    const container = draw('One[^1].\n\n[^1]: Note\n', true)
    expect(container.querySelector('.md-footnote')!.textContent).toContain('Note')
  })

  it('starts anew when it is replaced', () => {
    const { container, rerender } = render(<Markdown text={'one\n\ntwo\n\nth'} streaming />)
    rerender(<Markdown text={'# Other'} streaming />)
    expect(container.textContent).toBe('Other')
  })
})

describe('a code block', () => {
  it('has its header from the first token and keeps its element until it is settled', () => {
    const { container, rerender } = render(<Markdown text={'text\n\n```'} streaming />)
    const figure = container.querySelector('figure')!
    expect(figure.querySelector('button')!.textContent).toBe('Copy')
    const text = 'text\n\n```ts\nconst a = 1\n\n# no heading\n```\n\nend'
    for (let end = 9; end <= text.length; end += 1) rerender(<Markdown text={text.slice(0, end)} streaming />)
    expect(container.querySelector('figure')).toBe(figure)
    expect(figure.querySelector('figcaption')!.textContent).toBe('tsCopy')
    expect(figure.querySelector('code')!.textContent).toBe('const a = 1\n\n# no heading')
  })

  it('copies the exact text, also while it is written', async () => {
    const writeText = vi.fn((_: string) => Promise.resolve())
    vi.stubGlobal('navigator', { clipboard: { writeText } })
    const code = Array.from({ length: 100 }, (_, line) => `\tline ${line}  <&> "x"`).join('\n')
    const { container, rerender } = render(<Markdown text={`\`\`\`\n${code}`} streaming />)
    const copy = () => act(async () => void fireEvent.click(container.querySelector('figure button')!))
    await copy()
    rerender(<Markdown text={`\`\`\`\n${code}\n\`\`\`\n`} streaming={false} />)
    await copy()
    expect(writeText.mock.calls.map(([text]) => text)).toEqual([code, code])
    vi.unstubAllGlobals()
  })

  it('does not show the beginning of its closing fence', () => {
    expect(draw('````md\n```\na\n```\n```', true).querySelector('code')!.textContent).toBe('```\na\n```')
  })
})

describe('a table', () => {
  it('scrolls within and is copied as CSV', async () => {
    const writeText = vi.fn((_: string) => Promise.resolve())
    vi.stubGlobal('navigator', { clipboard: { writeText } })
    const container = draw('| a | b |\n|---|--:|\n| x, "y" | `1` |\n')
    expect(container.querySelector('.md-table-scroll')!.getAttribute('tabindex')).toBe('0')
    await act(async () => void fireEvent.click(container.querySelector('.md-table > button')!))
    expect(writeText).toHaveBeenCalledWith('a,b\r\n"x, ""y""",1\r\n')
    vi.unstubAllGlobals()
  })
})

describe('a hostile text', () => {
  it.each(HOSTILE)('does nothing and asks nobody for anything: %s', (text) => {
    for (const streaming of [true, false]) {
      const { container, rerender } = render(<Markdown text="" streaming={streaming} />)
      const step = streaming ? 1 : text.length
      for (let end = step; end <= text.length; end += step) {
        rerender(<Markdown text={text.slice(0, end)} streaming={streaming} />)
        expectHarmless(container)
      }
      cleanup()
    }
  })

  it('may still link and show images of its own origin', () => {
    const container = draw(
      '[a](https://example.org/x) ![own](/files/a.png) ![far](https://evil.example/p.png) <a@example.org>',
    )
    const [link, far, mail] = container.querySelectorAll('a')
    expect(link!.rel).toBe('noopener noreferrer nofollow')
    expect(link!.target).toBe('_blank')
    expect(container.querySelector('img')!.getAttribute('src')).toBe('/files/a.png')
    expect(far!.textContent).toBe('Image far')
    expect(far!.href).toBe('https://evil.example/p.png')
    expect(mail!.href).toBe('mailto:a@example.org')
  })
})

const ELEMENTS = new Set(
  'A BLOCKQUOTE BR BUTTON CODE DEL DIV EM FIGCAPTION FIGURE H1 H2 H3 H4 H5 H6 HR IMG LI OL P PRE SECTION SPAN STRONG SUP TABLE TBODY TD TH THEAD TR UL svg path rect'.split(
    ' ',
  ),
)

function expectHarmless(container: Element): void {
  for (const element of container.querySelectorAll('*')) {
    expect(ELEMENTS.has(element.tagName), element.outerHTML).toBe(true)
    for (const { name, value } of element.attributes) {
      expect(
        name.startsWith('on') || ['style', 'srcset', 'action', 'formaction', 'poster', 'ping'].includes(name),
        element.outerHTML,
      ).toBe(false)
      const { origin, protocol } = new URL(['src', 'href'].includes(name) ? value : '/', location.href)
      expect(name !== 'src' || origin === location.origin, element.outerHTML).toBe(true)
      expect(['http:', 'https:', 'mailto:'], element.outerHTML).toContain(protocol)
    }
    if (element.tagName !== 'A' || !element.hasAttribute('href') || element.getAttribute('href')!.startsWith('#'))
      continue
    expect(element.getAttribute('rel')).toBe('noopener noreferrer nofollow')
    expect(element.getAttribute('target')).toBe('_blank')
  }
}

/** React makes the prefix of footnotes; it differs between two documents. */
function withoutIds(html: string): string {
  return html.replaceAll(/(id="|href="#|aria-describedby=")[^"]*?((?:fn|fnref|footnote-label)[^"]*")/g, '$1$2')
}

function lastLeaf(node: Element): Element {
  const last = [...node.children].filter((child) => child.tagName !== 'BUTTON').at(-1)
  return last ? lastLeaf(last) : node
}
