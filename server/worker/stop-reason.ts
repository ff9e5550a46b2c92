/** Why a running generation is told to stop; the reason of its abort signal. */
export type StopReason = 'cancel' | 'drain' | 'lost'
