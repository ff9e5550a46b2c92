/**
 * Calls the listener when the network or the page came back: the moments at which a sleeping connection is to be looked
 * after at once instead of at the next timer.
 */
export function onWake(listener: () => void): () => void {
  const shown = () => {
    if (document.visibilityState === 'visible') listener()
  }
  window.addEventListener('online', listener)
  window.addEventListener('pageshow', listener)
  document.addEventListener('visibilitychange', shown)
  return () => {
    window.removeEventListener('online', listener)
    window.removeEventListener('pageshow', listener)
    document.removeEventListener('visibilitychange', shown)
  }
}

type Wake = typeof onWake

export function eitherOf(one: Wake, other: Wake): Wake {
  return (listener) => {
    const leave = [one(listener), other(listener)]
    return () => leave.forEach((stop) => stop())
  }
}
