/** What a script may do to its own process where the operator allowed it: to see that the neighbours outlive it. */
export interface DemoFaults {
  /** Ends the process at once, as a fault in native code would. */
  crash(): void
  /** Takes memory until the process dies of it. */
  hog(): void
}

export const demoFaults: DemoFaults = {
  crash: () => void process.kill(process.pid, 'SIGKILL'),
  hog() {
    const hoard: number[][] = []
    for (;;) hoard.push(Array.from({ length: 100_000 }, (_, index) => index + 0.5))
  },
}
