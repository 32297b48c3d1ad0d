// The outlines of the component symbols, once for the legend (an SVG path) and
// once for the map (a picture drawn from the same path).
import { shapes, type Shape } from './palette'

/** Paths in a square of 20 by 20, filled and outlined. */
export const shapePath: Record<Shape, string> = {
  circle: 'M10 3.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 1 1 0-13z',
  square: 'M4.2 4.2h11.6v11.6h-11.6z',
  triangle: 'M10 2.8l7.4 13h-14.8z',
  diamond: 'M10 2.2l7.4 7.8l-7.4 7.8l-7.4-7.8z',
  plus: 'M7.4 2.8h5.2v4.6h4.6v5.2h-4.6v4.6h-5.2v-4.6h-4.6v-5.2h4.6z',
  hexagon: 'M6.3 3.5h7.4l3.7 6.5l-3.7 6.5h-7.4l-3.7-6.5z',
  drop: 'M10 17.2l-7.4-13h14.8z',
  star: 'M10 2l2.4 5.2l5.7.6l-4.3 3.8l1.2 5.6l-5-2.9l-5 2.9l1.2-5.6l-4.3-3.8l5.7-.6z',
}

/** A symbol's name on the map says how to draw it, so none has to be made ahead. */
export const symbolName = (shape: Shape, colour: string): string => `${shape} ${colour}`

export function readSymbolName(name: string): { shape: Shape; colour: string } | null {
  const [first, colour] = name.split(' ')
  const shape = shapes.find((known) => known === first)
  return shape && colour ? { shape, colour } : null
}

/** Draws one symbol as pixels, at twice the size for sharp edges on dense screens. */
export function drawSymbol(shape: Shape, colour: string, edge: string): ImageData {
  const sizePx = 40
  const canvas = document.createElement('canvas')
  canvas.width = sizePx
  canvas.height = sizePx
  const pen = canvas.getContext('2d')
  if (!pen) return new ImageData(sizePx, sizePx)
  pen.scale(sizePx / 20, sizePx / 20)
  const path = new Path2D(shapePath[shape])
  pen.lineJoin = 'round'
  pen.lineWidth = 2.4
  pen.strokeStyle = edge
  pen.stroke(path)
  pen.fillStyle = colour
  pen.fill(path)
  return pen.getImageData(0, 0, sizePx, sizePx)
}
