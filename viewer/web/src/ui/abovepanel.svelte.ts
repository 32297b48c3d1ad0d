// On a narrow screen a panel covers the lower part of the map.
import { untrack } from 'svelte'
import type { MapView } from '../map/view'

const narrow = matchMedia('(width < 720px)')

/** Keeps the middle of the map in the middle of what the panel around `body` leaves of it. */
export function keepAbove(view: () => MapView | null, body: () => HTMLElement | undefined): void {
  $effect(() => {
    const map = view()?.map
    const panel = body()?.closest('aside')
    if (!map || !panel || !narrow.matches) return
    // It moves the camera, which is state: what that reads is none of this effect's.
    const pad = (bottom: number) => untrack(() => map.setPadding({ top: 0, left: 0, right: 0, bottom }))
    pad(panel.offsetHeight)
    return () => pad(0)
  })
}
