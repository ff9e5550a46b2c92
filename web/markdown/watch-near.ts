import type { WatchNear } from './listing.ts'

const NEAR_PIXELS = 800

let observer: IntersectionObserver | undefined
const callbacks = new WeakMap<Element, (near: boolean) => void>()

/** One observer for all listings of the page. Where there is none everything is near. */
export const watchNear: WatchNear = (element, onChange) => {
  if (typeof IntersectionObserver === 'undefined') {
    onChange(true)
    return () => undefined
  }
  observer ??= new IntersectionObserver(
    (entries) => entries.forEach(({ target, isIntersecting }) => callbacks.get(target)?.(isIntersecting)),
    { rootMargin: `${NEAR_PIXELS}px` },
  )
  callbacks.set(element, onChange)
  observer.observe(element)
  return () => {
    callbacks.delete(element)
    observer?.unobserve(element)
  }
}
