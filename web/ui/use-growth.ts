import { useLayoutEffect, type RefObject } from 'react'

/** Makes a field as tall as its text, up to what its style allows. */
export function useGrowth(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    const area = field.current
    if (!area) return
    // A margin keeps its room while it is measured: a scroller beside it that grew for a moment would lose its place.
    area.style.marginBottom = `${area.offsetHeight}px`
    area.style.height = '0'
    const height = area.scrollHeight
    area.style.height = `${height}px`
    area.style.marginBottom = ''
  }, [field, text])
}
