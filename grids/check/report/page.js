'use strict';
(() => {
  const root = document.documentElement
  const data = JSON.parse(document.getElementById('data').textContent)
  const $ = (selector) => document.querySelector(selector)
  const all = (selector) => [...document.querySelectorAll(selector)]
  const text = {
    en: { listed: (n, total) => `${n} of ${total}`, place: 'no place on the map' },
    zh: { listed: (n, total) => `${n} / ${total}`, place: '没有地图位置' },
  }
  let lang = data.lang
  const say = (both) => both[lang]

  // Parts as the program packed them: counts and differences in varints.
  function unpack(base64, step) {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))
    let at = 0
    const unsigned = () => {
      let value = 0
      let scale = 1
      for (;;) {
        const byte = bytes[at++]
        value += (byte & 127) * scale
        if (byte < 128) return value
        scale *= 128
      }
    }
    const signed = () => {
      const v = unsigned()
      return v % 2 ? -(v + 1) / 2 : v / 2
    }
    const parts = []
    while (at < bytes.length) {
      const n = unsigned()
      const xy = new Float64Array(2 * n)
      let x = 0
      let y = 0
      let west = Infinity
      let south = Infinity
      let east = -Infinity
      let north = -Infinity
      for (let i = 0; i < n; i++) {
        x += signed()
        y += signed()
        xy[2 * i] = x * step
        xy[2 * i + 1] = y * step
        west = Math.min(west, x * step)
        east = Math.max(east, x * step)
        south = Math.min(south, y * step)
        north = Math.max(north, y * step)
      }
      parts.push({ xy, box: [west, south, east, north] })
    }
    return parts
  }
  const layers = data.outlines.map(({ layer, step, parts }) => ({ layer, parts: unpack(parts, step) }))
  data.findings.forEach((f) => (f.parts = f.g ? unpack(f.g, 1) : []))
  // "cells 990104001003007" with the layer in the reader's words.
  const feature = (name) => {
    const [layer] = name.split(' ', 1)
    return data.layers[layer] ? say(data.layers[layer]) + name.slice(layer.length) : name
  }
  const where = (f) => f.a ?? (f.parts.length > 0 ? [f.parts[0].xy[0], f.parts[0].xy[1]] : null)

  // What is shown.
  const off = new Set()
  let shown = []
  let current = -1 // in shown
  let rows = 0
  const pageRows = 200
  const list = $('#list')

  function filter() {
    const kept = shown[current]
    shown = data.findings.filter((f) => !off.has(data.rules[f.r].id))
    current = kept ? shown.indexOf(kept) : -1
    rows = 0
    list?.replaceChildren()
    addRows(pageRows)
    tell()
    draw()
  }

  function element(name, words, className = '') {
    const made = document.createElement(name)
    if (className) made.className = className
    made.textContent = words
    return made
  }

  function addRows(n) {
    if (!list) return
    for (const end = Math.min(shown.length, rows + n); rows < end; rows++) {
      const f = shown[rows]
      const index = rows
      const button = element('button', '', f.s)
      button.type = 'button'
      if (index === current) button.setAttribute('aria-current', 'true')
      button.append(element('span', '', 'mark'), element('span', say(data.rules[f.r].title)), element('span', f.m ?? '', 'n'))
      button.append(element('small', (f.f ?? []).map(feature).join(', ')), element('small', reason(f)))
      button.addEventListener('click', () => pick(index, true))
      const item = document.createElement('li')
      item.append(button)
      list.append(item)
    }
    $('#more').hidden = rows >= shown.length
  }

  const reason = (f) => (lang === 'zh' && f.zh ? f.zh : f.en)

  function tell() {
    const label = $('#shown')
    if (!label) return
    label.textContent = text[lang].listed(shown.length, data.total)
    $('#step').textContent = current < 0 ? '' : text[lang].listed(current + 1, shown.length)
    for (const button of all('[data-step]')) button.disabled = shown.length === 0
    const one = $('#one')
    one.replaceChildren()
    const f = shown[current]
    if (!f) return
    const rule = data.rules[f.r]
    const head = element('p', '', f.s)
    head.append(element('span', '', 'mark'), element('strong', say(rule.title), f.s))
    one.append(head, element('p', reason(f)))
    const facts = []
    if (f.m) facts.push(f.m)
    const at = where(f)
    facts.push(at ? `${(at[0] / 1e7).toFixed(7)}, ${(at[1] / 1e7).toFixed(7)}` : text[lang].place)
    one.append(element('p', facts.join(' · ')))
    const codes = element('p', '')
    for (const code of f.f ?? []) codes.append(element('code', feature(code)), ' ')
    one.append(codes)
    if (say(rule.hint)) one.append(element('p', say(rule.hint)))
  }

  function pick(index, zoom) {
    current = index
    if (index >= rows) addRows(index - rows + pageRows)
    const buttons = list.querySelectorAll('button')
    for (const button of list.querySelectorAll('[aria-current]')) button.removeAttribute('aria-current')
    const button = buttons[index]
    if (button) {
      button.setAttribute('aria-current', 'true')
      const top = button.offsetTop - list.offsetTop
      if (top < list.scrollTop || top + button.offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = top - list.clientHeight / 3
    }
    if (zoom) goTo(shown[index])
    tell()
    draw()
  }

  function step(by) {
    if (shown.length > 0) pick(current < 0 ? (by > 0 ? 0 : shown.length - 1) : (current + by + shown.length) % shown.length, true)
  }

  // The map: longitude and latitude straight, as true to scale as at the middle.
  const canvas = $('#map')
  let view = null // centre in 1e-7 degrees, pixels per unit of latitude
  let squeeze = 1

  function extent() {
    const box = [Infinity, Infinity, -Infinity, -Infinity]
    const grow = ([w, s, e, n]) => {
      box[0] = Math.min(box[0], w)
      box[1] = Math.min(box[1], s)
      box[2] = Math.max(box[2], e)
      box[3] = Math.max(box[3], n)
    }
    for (const { parts } of layers) for (const part of parts) grow(part.box)
    if (box[0] > box[2]) {
      for (const f of data.findings) {
        const at = where(f)
        if (at) grow([at[0] - 1000, at[1] - 1000, at[0] + 1000, at[1] + 1000])
      }
    }
    return box[0] > box[2] ? null : box
  }
  const whole = extent()
  if (whole) squeeze = Math.cos((((whole[1] + whole[3]) / 2e7) * Math.PI) / 180)

  function fit(box, most = Infinity) {
    if (!canvas || !box) return
    const { clientWidth: w, clientHeight: h } = canvas
    const perUnit = Math.min((0.92 * w) / Math.max(1, (box[2] - box[0]) * squeeze), (0.92 * h) / Math.max(1, box[3] - box[1]), most)
    view = { x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2, scale: perUnit }
    draw()
  }

  const metresPerUnit = 0.01112 // of latitude
  function goTo(f) {
    const at = where(f)
    if (!at) return
    const box = [at[0], at[1], at[0], at[1]]
    for (const { box: b } of f.parts) {
      box[0] = Math.min(box[0], b[0])
      box[1] = Math.min(box[1], b[1])
      box[2] = Math.max(box[2], b[2])
      box[3] = Math.max(box[3], b[3])
    }
    const margin = Math.max(f.parts.length > 0 ? 0.6 * Math.max(box[2] - box[0], box[3] - box[1]) : 0, 35 / metresPerUnit)
    fit([box[0] - margin, box[1] - margin, box[2] + margin, box[3] + margin], metresPerUnit * 40)
  }

  const toX = (x) => (x - view.x) * squeeze * view.scale + canvas.clientWidth / 2
  const toY = (y) => (view.y - y) * view.scale + canvas.clientHeight / 2

  let waiting = false
  function draw() {
    if (waiting) return
    waiting = true
    requestAnimationFrame(() => {
      waiting = false
      paint()
    })
  }

  function paint() {
    if (!canvas || !view) return
    const style = getComputedStyle(root)
    const colour = (name) => style.getPropertyValue('--' + name).trim()
    const ratio = window.devicePixelRatio || 1
    const { clientWidth: w, clientHeight: h } = canvas
    canvas.width = w * ratio
    canvas.height = h * ratio
    const g = canvas.getContext('2d')
    g.setTransform(ratio, 0, 0, ratio, 0, 0)
    const [west, east] = [view.x - w / 2 / squeeze / view.scale, view.x + w / 2 / squeeze / view.scale]
    const [south, north] = [view.y - h / 2 / view.scale, view.y + h / 2 / view.scale]
    const trace = ({ xy, box }, close) => {
      if (box[0] > east || box[2] < west || box[1] > north || box[3] < south) return
      g.moveTo(toX(xy[0]), toY(xy[1]))
      for (let i = 2; i < xy.length; i += 2) g.lineTo(toX(xy[i]), toY(xy[i + 1]))
      if (close) g.closePath()
    }
    const widths = { cells: 0.8, communities: 1.4, districts: 2.2 }
    const colours = { cells: colour('cell'), communities: colour('community'), districts: colour('district') }
    g.lineJoin = 'round'
    for (const { layer, parts } of [...layers].reverse()) {
      g.beginPath()
      for (const part of parts) trace(part, true)
      g.lineWidth = widths[layer]
      g.strokeStyle = colours[layer]
      g.stroke()
    }
    const severities = ['note', 'warning', 'error']
    for (const severity of severities) {
      const ink = colour(severity)
      g.fillStyle = g.strokeStyle = ink
      for (const f of shown) if (f.s === severity) drawFinding(g, f, trace, colour('halo'))
    }
    const f = shown[current]
    const at = f && where(f)
    if (at) {
      g.strokeStyle = colour('pick')
      g.lineWidth = 2.5
      g.beginPath()
      for (const part of f.parts) trace(part, f.p)
      g.stroke()
      g.beginPath()
      g.arc(toX(at[0]), toY(at[1]), 13, 0, 7)
      g.stroke()
    }
    drawScale()
  }

  function drawFinding(g, f, trace, halo) {
    if (f.parts.length > 0) {
      g.beginPath()
      for (const part of f.parts) trace(part, f.p)
      g.lineWidth = 1.6
      g.stroke()
      if (f.p) {
        g.globalAlpha = 0.25
        g.fill('evenodd')
        g.globalAlpha = 1
      }
    }
    const at = where(f)
    if (!at) return
    const [x, y] = [toX(at[0]), toY(at[1])]
    if (x < -9 || y < -9 || x > canvas.clientWidth + 9 || y > canvas.clientHeight + 9) return
    const r = Math.min(4.5, Math.max(2.2, 2 + view.scale * 250))
    g.beginPath()
    if (f.s === 'error') {
      g.moveTo(x, y - r - 1)
      g.lineTo(x + r + 1, y)
      g.lineTo(x, y + r + 1)
      g.lineTo(x - r - 1, y)
    } else if (f.s === 'warning') {
      g.moveTo(x, y - r - 1)
      g.lineTo(x + r + 1, y + r)
      g.lineTo(x - r - 1, y + r)
    } else g.arc(x, y, r, 0, 7)
    g.closePath()
    const ink = g.strokeStyle
    g.fill()
    g.strokeStyle = halo
    g.lineWidth = 1
    g.stroke()
    g.strokeStyle = ink
  }

  function drawScale() {
    const metresPerPixel = metresPerUnit / view.scale
    const wanted = 90 * metresPerPixel
    const power = 10 ** Math.floor(Math.log10(wanted))
    const metres = [5, 2, 1].map((k) => k * power).find((m) => m <= wanted) ?? power
    const scale = $('#scale')
    scale.style.width = `${metres / metresPerPixel}px`
    scale.textContent = metres >= 1000 ? `${metres / 1000} km` : metres >= 1 ? `${metres} m` : `${Math.round(metres * 100)} cm`
  }

  function zoom(by, x = canvas.clientWidth / 2, y = canvas.clientHeight / 2) {
    if (!view) return
    const scale = Math.min(Math.max(view.scale * by, 1e-6), 20)
    const dx = (x - canvas.clientWidth / 2) * (1 / view.scale - 1 / scale)
    const dy = (y - canvas.clientHeight / 2) * (1 / view.scale - 1 / scale)
    view = { x: view.x + dx / squeeze, y: view.y - dy, scale }
    draw()
  }

  function pan(dx, dy) {
    if (!view) return
    view = { ...view, x: view.x - dx / squeeze / view.scale, y: view.y + dy / view.scale }
    draw()
  }

  function nearest(x, y) {
    let best = -1
    let distance = 12
    shown.forEach((f, i) => {
      const at = where(f)
      if (!at) return
      const d = Math.hypot(toX(at[0]) - x, toY(at[1]) - y)
      if (d < distance) [best, distance] = [i, d]
    })
    return best
  }

  if (canvas) {
    let drag = null
    canvas.addEventListener('pointerdown', (event) => {
      drag = { x: event.offsetX, y: event.offsetY, moved: 0 }
      canvas.setPointerCapture(event.pointerId)
    })
    canvas.addEventListener('pointermove', (event) => {
      if (!drag) return
      pan(event.offsetX - drag.x, event.offsetY - drag.y)
      drag = { x: event.offsetX, y: event.offsetY, moved: drag.moved + Math.abs(event.offsetX - drag.x) + Math.abs(event.offsetY - drag.y) }
    })
    canvas.addEventListener('pointerup', (event) => {
      const click = drag && drag.moved < 5
      drag = null
      if (!click || !view) return
      const hit = nearest(event.offsetX, event.offsetY)
      if (hit >= 0) pick(hit, false)
    })
    canvas.addEventListener('wheel', (event) => {
      event.preventDefault()
      zoom(Math.exp(-event.deltaY / 300), event.offsetX, event.offsetY)
    }, { passive: false })
    canvas.addEventListener('keydown', (event) => {
      const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }
      if (moves[event.key]) pan(...moves[event.key])
      else if (event.key === '+' || event.key === '=') zoom(1.5)
      else if (event.key === '-') zoom(1 / 1.5)
      else return
      event.preventDefault()
    })
    new ResizeObserver(() => (view ? draw() : fit(whole))).observe(canvas)
    if (!whole) canvas.parentElement.hidden = true
  }

  // Controls.
  for (const button of all('[data-zoom]')) {
    button.addEventListener('click', () => (button.dataset.zoom === 'whole' ? fit(whole) : zoom(button.dataset.zoom === 'in' ? 1.6 : 1 / 1.6)))
  }
  for (const button of all('[data-step]')) button.addEventListener('click', () => step(Number(button.dataset.step)))
  $('#more')?.addEventListener('click', () => addRows(pageRows))
  for (const box of all('input[data-rule]')) {
    box.addEventListener('change', () => {
      if (box.checked) off.delete(box.dataset.rule)
      else off.add(box.dataset.rule)
      filter()
    })
  }
  for (const button of all('[data-all]')) {
    button.addEventListener('click', () => {
      for (const box of all('input[data-rule]')) {
        box.checked = button.dataset.all === 'yes'
        if (box.checked) off.delete(box.dataset.rule)
        else off.add(box.dataset.rule)
      }
      filter()
    })
  }
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target instanceof HTMLInputElement) return
    if (event.key === 'n') step(1)
    if (event.key === 'p') step(-1)
  })

  function speak(to) {
    lang = to
    root.dataset.lang = to
    root.lang = to === 'zh' ? 'zh-CN' : 'en'
    for (const button of all('button[data-lang]')) button.setAttribute('aria-pressed', String(button.dataset.lang === to))
    filter()
  }
  for (const button of all('button[data-lang]')) button.addEventListener('click', () => speak(button.dataset.lang))

  const dark = matchMedia('(prefers-color-scheme: dark)')
  const wear = (theme) => {
    root.dataset.theme = theme
    draw()
  }
  dark.addEventListener('change', () => wear(dark.matches ? 'dark' : 'light'))
  $('[data-theme]:not(:root)').addEventListener('click', () => wear(root.dataset.theme === 'dark' ? 'light' : 'dark'))
  wear(dark.matches ? 'dark' : 'light')

  addEventListener('beforeprint', () => {
    addRows(2000)
    paint()
  })
  addEventListener('afterprint', draw)

  speak(lang)
  fit(whole)
  window.wanmiReport = { shown: () => shown.length, view: () => ({ ...view }), current: () => current }
})()
