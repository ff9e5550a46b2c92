/**
 * Reads one HTTP/1.1 response, cut anywhere, and calls back with its body piece by piece; `end` is the body's own
 * end, which one that lasts as long as the connection does not have. Text is one character per byte.
 * Knows only what a stream needs: chunked bodies and bodies that last as long as the connection.
 */
export function createResponseReader(on: { head(status: number): void; body(text: string): void; end(): void }) {
  let state: 'head' | 'until-close' | 'size' | 'data' | 'data-end' | 'over' = 'head'
  let kept = ''
  let left = 0

  /** The text up to a mark, which is skipped; undefined, and all is kept, until the mark has come. */
  function upTo(mark: string, text: string, from: number): string | undefined {
    const end = text.indexOf(mark, from)
    if (end < 0) kept = text.slice(from)
    return end < 0 ? undefined : text.slice(from, end)
  }

  return function push(received: string): void {
    const text = kept + received
    kept = ''
    let at = 0
    while (at < text.length) {
      switch (state) {
        case 'head': {
          const head = upTo('\r\n\r\n', text, at)
          if (head === undefined) return
          at += head.length + 4
          state = /\r\ntransfer-encoding: *chunked/i.test(head) ? 'size' : 'until-close'
          on.head(Number(head.slice(9, 12)))
          break
        }
        case 'size': {
          const size = upTo('\r\n', text, at)
          if (size === undefined) return
          at += size.length + 2
          left = Number.parseInt(size, 16)
          state = left > 0 ? 'data' : 'over'
          if (state === 'over') on.end()
          break
        }
        case 'data': {
          const end = Math.min(text.length, at + left)
          on.body(text.slice(at, end))
          left -= end - at
          at = end
          if (left === 0) state = 'data-end'
          break
        }
        case 'data-end': {
          if (upTo('\r\n', text, at) === undefined) return
          at += 2
          state = 'size'
          break
        }
        case 'until-close':
          on.body(text.slice(at))
          return
        case 'over':
          return
      }
    }
  }
}
