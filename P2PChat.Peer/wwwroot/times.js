// Fills <local-time> and <local-number> in the browser's time zone and in the form of its region.
// A classic script in the head, so that it runs before the first element is parsed: none is ever shown empty.
(() => {
  const minuteMs = 60_000;
  const dayMs = 24 * 60 * minuteMs;
  const checkMs = 20_000;

  // The page is in English, and so are its names of days and months. The region of the browser's first language decides
  // everything else: the order of day and month, separators, and 12 or 24 hours.
  function localeOf(language) {
    const { language: spoken, region } = new Intl.Locale(language).maximize();
    if (spoken === 'en') {
      return language;
    }
    const [regional] = Intl.DateTimeFormat.supportedLocalesOf([`en-${region}`]);
    const known = regional && new Intl.DateTimeFormat(regional).resolvedOptions().locale;
    // Without data for the region, "en" would be American. 001 is the world's.
    return known && known !== 'en' ? known : 'en-001';
  }

  const options = {
    clock: { timeStyle: 'short' },
    weekday: { weekday: 'short' },
    short: { day: 'numeric', month: 'short' },
    shortWithYear: { day: 'numeric', month: 'short', year: 'numeric' },
    day: { day: 'numeric', month: 'long' },
    dayWithYear: { day: 'numeric', month: 'long', year: 'numeric' },
    long: { weekday: 'long', day: 'numeric', month: 'long' },
    longWithYear: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
    full: { dateStyle: 'full', timeStyle: 'short' },
  };

  let locale;
  let hourCycle;
  let zone;
  // Making a formatter takes much longer than using it, and the first paint waits for this script.
  let made = {};

  function dateFormat(name) {
    const clock = options[name].timeStyle ? { hourCycle } : {};
    return made[name] ??= new Intl.DateTimeFormat(locale, { ...options[name], ...clock });
  }

  const relative = () => made.relative ??= new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  const number = () => made.number ??= new Intl.NumberFormat(locale);

  const dayNumber = date => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / dayMs;
  const inYear = (date, format) =>
    dateFormat(date.getFullYear() === new Date().getFullYear() ? format : `${format}WithYear`).format(date);

  /** "today", "yesterday" or "tomorrow"; null on other days. */
  function relativeDay(date) {
    const days = dayNumber(date) - dayNumber(new Date());
    return Math.abs(days) <= 1 ? relative().format(days, 'day') : null;
  }

  const capitalized = text => text[0].toUpperCase() + text.slice(1);
  const clock = date => dateFormat('clock').format(date);
  const day = date => capitalized(relativeDay(date) ?? inYear(date, 'long'));

  const formats = {
    clock,
    day,
    full: date => dateFormat('full').format(date),
    moment: date => `${day(date)}, ${clock(date)}`,
    short(date) {
      const days = dayNumber(new Date()) - dayNumber(date);
      return days === 0 ? clock(date)
        : days > 0 && days < 7 ? dateFormat('weekday').format(date) : inYear(date, 'short');
    },
    ago(date) {
      const minutes = Math.floor((Date.now() - date) / minuteMs);
      const named = relativeDay(date);
      return minutes < 1 ? 'just now'
        : minutes < 60 ? relative().format(-minutes, 'minute')
          : named ? `${named} at ${clock(date)}` : `on ${inYear(date, 'day')}`;
    },
    until(date) {
      const named = relativeDay(date);
      return named ? `${named} at ${clock(date)}` : inYear(date, 'long');
    },
  };

  const shown = new Set();

  /** An element that writes its own text in `update`. */
  class ShownElement extends HTMLElement {
    connectedCallback() {
      shown.add(this);
      this.update();
    }

    disconnectedCallback() {
      shown.delete(this);
    }

    attributeChangedCallback() {
      if (this.isConnected) {
        this.update();
      }
    }
  }

  /** A moment (`datetime`, ISO 8601) or, without a time, a day; `format` is one of the above. */
  class LocalTime extends ShownElement {
    static observedAttributes = ['datetime', 'format'];

    update() {
      const [datetime, format] = [this.getAttribute('datetime') ?? '', this.getAttribute('format')];
      // Without a time, the standard parser would take midnight in UTC, which is the day before in America.
      const date = new Date(datetime.includes('T') ? datetime : `${datetime}T00:00`);
      if (Number.isNaN(date.valueOf()) || !(format in formats)) {
        return;
      }
      setText(this, formats[format](date));
      if (datetime.includes('T') && format !== 'full') {
        this.title = dateFormat('full').format(date);
      }
    }
  }

  /** A whole number in `value`. */
  class LocalNumber extends ShownElement {
    static observedAttributes = ['value'];

    update() {
      setText(this, number().format(Number(this.getAttribute('value'))));
    }
  }

  // An unchanged text must not look like a change: observers keep the scroll position after each one.
  function setText(element, text) {
    if (element.textContent !== text) {
      element.textContent = text;
    }
  }

  const updateAll = () => shown.forEach(element => element.update());

  function readPreferences() {
    const language = navigator.languages[0] || navigator.language || 'en';
    const { timeZone, hourCycle: cycle } = new Intl.DateTimeFormat(language, { timeStyle: 'short' }).resolvedOptions();
    [locale, hourCycle, zone, made] = [localeOf(language), cycle, timeZone, {}];
    // Decides the days of the next page, which is rendered before its scripts run.
    document.cookie = `tz=${zone}; path=/; max-age=31536000; samesite=strict`;
    updateAll();
  }

  function onShown() {
    if (new Intl.DateTimeFormat().resolvedOptions().timeZone === zone) {
      updateAll();
    } else {
      readPreferences();
    }
  }

  readPreferences();
  customElements.define('local-time', LocalTime);
  customElements.define('local-number', LocalNumber);
  addEventListener('languagechange', readPreferences);
  document.addEventListener('visibilitychange', () => document.hidden || onShown());
  setInterval(() => document.hidden || updateAll(), checkMs);
})();
