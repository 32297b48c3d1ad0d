// What can be measured of access without another package: names of controls,
// sizes of targets, contrast of text on its ground, one name for each id.
import assert from 'node:assert/strict'

/** WCAG 2.2: target size 24 by 24, contrast 4.5:1 (3:1 for large text). */
export async function accessible(page, within, where) {
  const faults = await page.evaluate((within) => {
    const root = document.querySelector(within)
    if (!root) return [`there is no ${within}`]
    const faults = []
    const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getBoundingClientRect().width > 0
    const say = (element) => `${element.tagName.toLowerCase()}.${[...element.classList].join('.')} "${(element.textContent ?? '').trim().slice(0, 24)}"`
    const nameOf = (element) =>
      (element.getAttribute('aria-label') ?? '').trim() ||
      [...(element.labels ?? [])].map((label) => label.textContent.trim()).join(' ').trim() ||
      (element.getAttribute('title') ?? '').trim() ||
      (element.matches('input, select, textarea') ? '' : (element.textContent ?? '').trim())

    for (const control of root.querySelectorAll('button, a[href], input, select, textarea, summary, [role=option], [role=listbox]')) {
      if (!shown(control)) continue
      if (nameOf(control) === '') faults.push(`no name: ${say(control)}`)
      // A label belongs to its control: who misses the box hits the label.
      const target = control.matches('input[type=checkbox], input[type=radio]') ? (control.labels?.[0] ?? control) : control
      const { width, height } = target.getBoundingClientRect()
      if (Math.min(width, height) < 23.99) faults.push(`${width.toFixed(1)} × ${height.toFixed(1)} px: ${say(control)}`)
    }
    const ids = [...root.querySelectorAll('[id]')].map(({ id }) => id)
    for (const id of new Set(ids)) if (document.querySelectorAll(`[id="${CSS.escape(id)}"]`).length > 1) faults.push(`id twice: ${id}`)
    for (const image of root.querySelectorAll('svg')) {
      if (image.getAttribute('aria-hidden') !== 'true' && !image.getAttribute('aria-label')) faults.push(`picture without a name: ${say(image.parentElement)}`)
    }

    const channels = (colour) => {
      const parts = colour.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0]
      const scale = colour.startsWith('color(') ? 255 : 1
      return { rgb: parts.slice(0, 3).map((part) => part * scale), alpha: parts[3] ?? 1 }
    }
    const luminance = (rgb) => {
      const [r, g, b] = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4))
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const ground = (element) => {
      for (let at = element; at; at = at.parentElement) {
        const { rgb, alpha } = channels(getComputedStyle(at).backgroundColor)
        if (alpha > 0.9) return rgb
      }
      return [255, 255, 255]
    }
    for (const element of root.querySelectorAll('*')) {
      const own = [...element.childNodes].some(({ nodeType, textContent }) => nodeType === 3 && textContent.trim() !== '')
      if (!own || !shown(element) || element.matches(':disabled, option, .only-heard, .only-heard *')) continue
      const style = getComputedStyle(element)
      const [a, b] = [luminance(channels(style.color).rgb), luminance(ground(element))].sort((x, y) => y - x)
      const ratio = (a + 0.05) / (b + 0.05)
      const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700)
      if (ratio < (large ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)}: ${say(element)}`)
    }
    return faults
  }, within)
  assert.deepEqual([...new Set(faults)], [], where)
}
