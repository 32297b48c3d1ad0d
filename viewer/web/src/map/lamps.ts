// Lamps as signs: a colour and a shape each, drawn by one path in the list, the
// panel and the map. On the map a case is a pin, which nothing else is.
import type { Lamp } from '../api/cases'
import type { Palette } from './palette'
import { textOn } from './palette'

/** Paths in a square of 20 by 20. A red lamp has corners, a green one none. */
export const lampPath: Record<Lamp, string> = {
  green: 'M10 3.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13z',
  yellow: 'M10 2.6l8 14h-16z',
  red: 'M10 1.8l8.2 8.2l-8.2 8.2l-8.2-8.2z',
  grey: 'M4 4h12v12h-12zM7 7v6h6v-6z',
}

/** A pin's outline in 28 by 36; its tip is at the bottom's middle. */
const pinPath = 'M14 34.5c-2-5-10.5-10-10.5-20a10.5 10.5 0 1 1 21 0c0 10-8.5 15-10.5 20z'
const pinPx = { width: 28, height: 36 }

export const pinName = (lamp: Lamp, colour: string): string => `pin ${lamp} ${colour}`

export function readPinName(name: string): { lamp: Lamp; colour: string } | null {
  const [first, lamp, colour] = name.split(' ')
  return first === 'pin' && lamp && lamp in lampPath && colour ? { lamp: lamp as Lamp, colour } : null
}

/** Draws a pin at twice the size, for sharp edges on dense screens. */
export function drawPin(lamp: Lamp, colour: string, edge: string): ImageData {
  const canvas = document.createElement('canvas')
  canvas.width = 2 * pinPx.width
  canvas.height = 2 * pinPx.height
  const pen = canvas.getContext('2d')
  if (!pen) return new ImageData(canvas.width, canvas.height)
  pen.scale(2, 2)
  const pin = new Path2D(pinPath)
  pen.lineJoin = 'round'
  pen.lineWidth = 2.4
  pen.strokeStyle = edge
  pen.stroke(pin)
  pen.fillStyle = colour
  pen.fill(pin)
  pen.translate(14 - 7, 14.5 - 7)
  pen.scale(0.7, 0.7)
  pen.fillStyle = textOn(colour)
  pen.fill(new Path2D(lampPath[lamp]), 'evenodd')
  return pen.getImageData(0, 0, canvas.width, canvas.height)
}

export const lampColour = (palette: Palette, lamp: Lamp): string => palette.lamp[lamp]
