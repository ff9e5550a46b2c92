import { useNow } from '../ui/use-now.ts'
import { useApp } from './use-app.ts'

/** The server's time in milliseconds UTC, renewed every half second while `running`. */
export function useServerNow(running: boolean): number {
  const { serverClock } = useApp()
  return useNow(running) + serverClock.offsetMs()
}
