// The state of the page, the URL's part of it included. Panels read it and call
// its verbs; nothing else writes the address bar.
import type { Catalogue, City, LonLat } from '../api/answers'
import type { CaseSummary } from '../api/cases'
import { asFailure, loading, server, type Loadable } from '../api/server'
import { preferredLang, speaker, type Lang, type Say } from '../i18n/messages'
import { touches } from '../live/touches'
import { defaultLayers, drawable, type Look } from '../map/look'
import { formatLink, parseLink, type Camera, type LinkState, type Theme } from './url'
import { Cases } from './cases.svelte'
import { Duty, type DutyLayer } from './duty.svelte'
import { BasemapChoice } from './basemap.svelte'
import type { Heat } from './heat.svelte'
import { Live } from './live.svelte'
import { OneCase } from './onecase.svelte'
import { Place } from './place.svelte'
import { ReportForm } from './report.svelte'
import { SignIn } from './signin.svelte'
import type { Stats } from './stats.svelte'
import { UnitNames } from './units.svelte'

const none: ReadonlySet<DutyLayer> = new Set()

/** The panels at the left besides the layers and the check. */
export type Side = 'cases' | 'duty' | 'heat' | 'stats'
/** What would hide heat or a statistic's layer, or be hidden by it; who wants it all the same chooses it. */
const apartFrom: Partial<Record<Side, readonly string[]>> = {
  heat: ['components', 'cases', 'addresses', 'cells', 'zones', 'communities', 'base_buildings'],
  stats: ['components', 'cases', 'addresses', 'base_buildings'],
}

export class Session {
  city: Loadable<City> = $state.raw(loading)
  catalogue: Loadable<Catalogue> = $state.raw(loading)
  place: Place | null = $state.raw(null)
  camera: Camera | null = $state.raw(null)
  /** A camera the map should go to; a new object each time. */
  jump: Camera | null = $state.raw(null)
  readonly units = new UnitNames()
  readonly live = new Live()
  readonly signIn = new SignIn()
  readonly cases = new Cases()
  readonly duty = new Duty()
  /** The case that is open. */
  one: OneCase | null = $state.raw(null)
  /** The report that is being made. */
  report: ReportForm | null = $state.raw(null)
  readonly basemap = new BasemapChoice()
  /** The answer in one sentence, for those who hear the page. */
  announcement: string = $state('')
  /** What must be heard at once: a limit that has passed. */
  alert: string = $state('')

  private langInLink: Lang | null = $state(null)
  private themeInLink: Theme | null = $state(null)
  private layersInLink: string[] | null = $state.raw(null)
  private majorsInLink: string[] | null = $state.raw(null)
  /** The rule whose findings are listed, '' for all; null while the list is closed. */
  checkRule: string | null = $state(null)
  /** The panel at the left besides the layers. */
  side: Side | null = $state(null)
  /** Heat comes with its panel; until then its part of the link waits. */
  heat: Heat | null = $state.raw(null)
  heatItems: readonly string[] = $state.raw([])
  /** The statistic that was asked for, as in the link. */
  statsItems: readonly string[] = $state.raw([])
  /** Questions and answers; they come with their panel. */
  stats: Stats | null = $state.raw(null)
  private systemDark: boolean = $state(false)

  readonly lang: Lang = $derived(this.langInLink ?? preferredLang(navigator.languages))
  readonly say: Say = $derived(speaker(this.lang))
  readonly theme: Theme | null = $derived(this.themeInLink)
  readonly dark: boolean = $derived(this.themeInLink ? this.themeInLink === 'dark' : this.systemDark)

  readonly layers = $derived(this.catalogue.is === 'ready' ? drawable(this.catalogue.value) : [])
  readonly usualLayers: readonly string[] = $derived(
    defaultLayers(this.layers).filter((id) => !this.side || !apartFrom[this.side]?.includes(id)),
  )
  readonly shown: ReadonlySet<string> = $derived(new Set(this.layersInLink ?? this.usualLayers))
  readonly components = $derived(
    this.city.is === 'ready' ? this.city.value.categories.filter(({ kind }) => kind === 'component') : [],
  )
  readonly hasCases: boolean = $derived(this.layers.some(({ id }) => id === 'cases'))
  readonly majors: string[] = $derived([...new Set(this.components.map(({ major }) => major))].sort())
  readonly look: Look = $derived({
    dark: this.dark,
    shown: this.basemap.over(this.shown),
    majors: this.majors,
    shownMajors: this.majorsInLink,
    quiet: this.side !== null,
    cases: { filter: this.cases.filter, now: this.cases.litAt },
    duty: this.side === 'duty' ? this.duty.shown : none,
    overPicture: this.basemap.isPicture,
  })

  constructor() {
    const system = matchMedia('(prefers-color-scheme: dark)')
    this.systemDark = system.matches
    system.addEventListener('change', () => (this.systemDark = system.matches))
    const link = parseLink(location.hash)
    this.takeLink(link)
    this.camera = link.camera
    this.live.follow({
      changed: (dirty) => {
        if (this.place && touches(dirty, this.place.position)) this.askAgain(this.place)
      },
      changedAll: (missed) => {
        if (this.place) this.askAgain(this.place)
        void this.loadCityAgain()
        if (!missed) return
        void this.cases.load()
        void this.one?.load()
      },
      opened: (resumed) => {
        if (resumed || !this.hasCases) return
        void this.cases.load() // nobody knows what was missed
        void this.one?.load()
      },
      case: (news) => this.cases.heard(news.case),
      alarm: (news) => this.cases.heard(news.case),
    })
    this.cases.changed = (ids) => {
      const { one } = this
      if (one && ids.has(one.id) && (this.cases.all.get(one.id)?.version ?? 0) > one.version) void one.load()
    }
    this.cases.turnedRed = (turned) => this.sayRed(turned)
    // Back, forward, and links edited by hand all end here; our own writes do not.
    window.addEventListener('popstate', () => this.follow(parseLink(location.hash)))
  }

  async load(): Promise<void> {
    await Promise.all([this.loadCity(), this.loadCatalogue()])
  }

  async loadCity(): Promise<void> {
    this.city = loading
    try {
      this.city = { is: 'ready', value: await server.city(new AbortController().signal) }
    } catch (cause) {
      this.city = { is: 'failed', why: asFailure(cause) }
      return
    }
    const link = parseLink(location.hash)
    if (link.at) this.open(link.at, link.component)
  }

  private startCases(): void {
    this.cases.start()
    const { case: id } = parseLink(location.hash)
    if (id && !this.one) this.openOne(id)
  }

  /** Reads the city anew behind the page; if that fails, what is there stays. */
  private async loadCityAgain(): Promise<void> {
    if (this.city.is !== 'ready') return
    try {
      this.city = { is: 'ready', value: await server.city(new AbortController().signal) }
    } catch {
      return
    }
  }

  async loadCatalogue(): Promise<void> {
    this.catalogue = loading
    try {
      const catalogue = await server.catalogue(new AbortController().signal)
      await this.basemap.loaded
      this.catalogue = { is: 'ready', value: catalogue }
      this.live.start(this.layers.map(({ id }) => id))
      if (this.hasCases) this.startCases()
    } catch (cause) {
      this.catalogue = { is: 'failed', why: asFailure(cause) }
    }
  }

  speakIn(lang: Lang): void {
    this.langInLink = lang
    this.writeLink('push')
  }

  /** null follows the system. */
  wear(theme: Theme | null): void {
    this.themeInLink = theme
    this.writeLink('push')
  }

  /** Lays a basemap under the map, see BasemapChoice. */
  layUnder(chosen: string): void {
    this.basemap.chosen = chosen
    this.writeLink('push')
  }

  toggleLayer(id: string): void {
    const shown = this.layers.map((layer) => layer.id).filter((known) => (known === id) !== this.shown.has(known))
    const same = shown.length === this.usualLayers.length && this.usualLayers.every((layer) => shown.includes(layer))
    this.layersInLink = same ? null : shown
    this.writeLink('push')
  }

  resetLayers(): void {
    this.layersInLink = null
    this.majorsInLink = null
    this.writeLink('push')
  }

  showsMajor(major: string): boolean {
    return this.majorsInLink?.includes(major) ?? true
  }

  toggleMajor(major: string): void {
    this.showMajors(this.majors.filter((known) => (known === major) !== this.showsMajor(known)))
  }

  showMajors(majors: string[]): void {
    this.majorsInLink = majors.length === this.majors.length ? null : majors
    this.writeLink('push')
  }

  get layersAreDefault(): boolean {
    return this.layersInLink === null && this.majorsInLink === null
  }

  /** Opens the list of what is wrong with the data, closes it (null), or shows another rule. */
  showCheck(rule: string | null): void {
    this.checkRule = rule
    if (rule !== null) this.side = null
    this.writeLink('push')
  }

  /** Opens the list of cases, the responsibility map, heat or statistics, or closes what is open (null). */
  showSide(side: Side | null): void {
    if (this.heat && side !== 'heat') this.heatItems = this.heat.items()
    this.side = side
    if (side !== null) this.checkRule = null
    this.writeLink('push')
  }

  /** The choices in the list of cases, or the layers of responsibility, are others. */
  chose(): void {
    this.writeLink('replace')
  }

  /** A statistic was asked for. */
  askedStats(items: readonly string[]): void {
    this.statsItems = items
    this.writeLink('push')
  }

  /** Opens a case; a report under way waits behind it. */
  openCase(id: string): void {
    this.clearPlace()
    if (this.one?.id !== id) this.openOne(id)
    this.cases.fresh.delete(id)
    this.writeLink('push')
  }

  closeCase(): void {
    this.clearCase()
    this.writeLink('push')
  }

  /** The token is another: what may be done is too. */
  signedIn(token: string): void {
    this.signIn.use(token)
    void this.one?.load()
  }

  beginReport(at: LonLat | null): void {
    this.report?.cancel()
    this.report = new ReportForm(() => this.signIn.token)
    this.clearPlace()
    this.clearCase()
    if (at) void this.report.place(at, null)
    this.writeLink('push')
  }

  closeReport(): void {
    this.report?.cancel()
    this.report = null
  }

  /** Sends the report; then the case is open. */
  async sendReport(): Promise<void> {
    const form = this.report
    const made = await form?.send()
    if (!made || this.report !== form) return
    this.closeReport()
    this.cases.heard(made.case)
    this.openCase(made.case.id)
    this.announcement = this.say('report.done', { number: made.case.number || made.case.id })
  }

  private openOne(id: string): void {
    this.one?.cancel()
    this.one = new OneCase(id, this.signIn)
    void this.one.load()
  }

  private clearCase(): void {
    this.one?.cancel()
    this.one = null
  }

  private clearPlace(): void {
    this.place?.cancel()
    this.place = null
    this.announcement = ''
  }

  private sayRed(turned: readonly CaseSummary[]): void {
    const [first] = turned
    if (!first) return
    const name = first.category_name || first.category
    this.alert =
      turned.length === 1
        ? this.say('cases.red.one', { name, number: first.number || first.id })
        : this.say('cases.red.more', { count: turned.length, name })
  }

  moved(camera: Camera): void {
    this.camera = camera
    this.writeLink('replace')
  }

  /** A click on heat asks what it is made of. */
  private explain(heat: Heat, at: LonLat): void {
    this.clearCase()
    this.clearPlace()
    heat.explain(at)
  }

  askAt(at: LonLat, component: string | null): void {
    if (this.report) {
      if (this.one) this.closeCase()
      else void this.report.place(at, component)
      return
    }
    if (this.heat) {
      this.explain(this.heat, at)
      return
    }
    this.clearCase()
    this.open(at, component)
    this.writeLink('push')
  }

  closePlace(): void {
    this.clearPlace()
    this.writeLink('push')
  }

  private open(at: LonLat, component: string | null): void {
    this.place?.cancel()
    const city = this.city.is === 'ready' ? this.city.value : null
    const place = new Place(at, component, city?.gcj02 ?? false, city?.counts['units'] ? this.units : null)
    this.place = place
    this.announcement = ''
    void place.askAll().then(() => this.settled(place))
  }

  private askAgain(place: Place): void {
    void place.askAgain().then(() => this.settled(place))
  }

  private settled(place: Place): void {
    if (this.place === place) this.writeLink('replace') // a component moves the position
  }

  private takeLink(link: LinkState): void {
    this.langInLink = link.lang
    this.themeInLink = link.theme
    this.basemap.chosen = link.map ?? ''
    this.layersInLink = link.layers
    this.majorsInLink = link.majors
    this.checkRule = link.check
    this.side = link.check !== null ? null : link.cases ? 'cases' : link.duty ? 'duty' : link.heat ? 'heat' : link.stats ? 'stats' : null
    this.heatItems = link.heat ?? []
    this.statsItems = link.stats ?? []
    if (link.heat) this.heat?.follow(link.heat)
    if (link.cases) this.cases.takeItems(link.cases)
    if (link.duty) this.duty.show(link.duty)
  }

  private follow(link: LinkState): void {
    this.takeLink(link)
    if (link.camera) this.jump = link.camera
    if (!link.case) this.clearCase()
    else if (this.hasCases && this.one?.id !== link.case) this.openOne(link.case)
    const same =
      this.place && link.at && link.at.lon === this.place.position.lon && link.at.lat === this.place.position.lat
    if (same) return
    if (link.at) this.open(link.at, link.component)
    else {
      this.place?.cancel()
      this.place = null
    }
  }

  private writeLink(how: 'push' | 'replace'): void {
    const link = formatLink({
      camera: this.camera,
      at: this.place?.position ?? null,
      component: this.place?.componentCode ?? null,
      layers: this.layersInLink,
      majors: this.majorsInLink,
      case: this.one?.id ?? null,
      cases: this.side === 'cases' ? this.cases.items() : null,
      duty: this.side === 'duty' ? this.duty.items() : null,
      heat: this.side === 'heat' ? (this.heat?.items() ?? [...this.heatItems]) : undefined,
      stats: this.side === 'stats' ? [...this.statsItems] : undefined,
      check: this.checkRule,
      lang: this.langInLink,
      theme: this.themeInLink,
      map: this.basemap.chosen,
    })
    if (link === location.hash) return
    const url = `${location.pathname}${location.search}${link}`
    if (how === 'push') history.pushState(null, '', url)
    else history.replaceState(null, '', url)
  }
}
