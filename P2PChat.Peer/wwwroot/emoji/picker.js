// The emoji picker: search, categories, recently used emoji, and skin tones. See ../emoji.js.

import { find } from './find.js';
import { isKnown } from './known.js';
import { stored, store } from './stored.js';

const columns = 8;
const maxRecent = 3 * columns;
const rowsPerPage = 5;
const lightest = '\u{1F3FB}';
const tones = [
  ['No skin tone', ''],
  ['Light', lightest],
  ['Medium-light', '\u{1F3FC}'],
  ['Medium', '\u{1F3FD}'],
  ['Medium-dark', '\u{1F3FE}'],
  ['Dark', '\u{1F3FF}'],
];

const html = `
  <input type="search" class="field" placeholder="Search emoji" aria-label="Search emoji" maxlength="60"
         autocomplete="off" spellcheck="false" enterkeyhint="done" aria-controls="emoji-grid" />
  <div class="emoji-tabs" role="toolbar" aria-label="Categories"></div>
  <div class="emoji-grid" id="emoji-grid" role="grid" aria-label="Emoji"></div>
  <p class="emoji-found" role="status"></p>
  <div class="emoji-foot">
    <span class="emoji-name" aria-hidden="true"></span>
    <fieldset class="emoji-tones"><legend class="sr-only">Skin tone</legend></fieldset>
  </div>`;

/** Loads the data, and adds the closed picker to the page. */
export async function createPicker() {
  const response = await fetch(new URL('emoji.json', import.meta.url));
  if (!response.ok) {
    throw new Error(`The emoji were not loaded: ${response.status}`);
  }
  return new Picker(await response.json());
}

class Picker {
  constructor({ groups }) {
    this.groups = groups.map(group => ({ ...group, emoji: group.emoji.filter(isKnown) }));
    this.byText = new Map(this.groups.flatMap(group => group.emoji.map(entry => [entry[0], entry])));
    this.tone = Math.min(Math.max(Number(stored('emoji-tone', 0)) || 0, 0), tones.length - 1);
    this.element = document.createElement('div');
    Object.assign(this.element, { id: 'emoji-picker', className: 'emoji-picker', popover: 'auto', innerHTML: html });
    this.element.setAttribute('role', 'dialog');
    this.element.setAttribute('aria-label', 'Emoji');
    [this.search, this.tabs, this.grid, this.found, this.foot] = this.element.children;
    this.name = this.foot.querySelector('.emoji-name');
    // On a touch screen, the keyboard would cover the emoji.
    this.search.autofocus = !matchMedia('(pointer: coarse)').matches;
    this.addTones();
    this.sections = [this.section('Recently used', []), ...this.groups.map(({ name, emoji }) =>
      this.section(name, emoji))];
    this.addTabs();
    this.listen();
    document.body.append(this.element);
  }

  addTones() {
    const fieldset = this.foot.querySelector('fieldset');
    tones.forEach(([name, tone], index) => {
      const label = element('label', { title: name });
      const input = element('input', { type: 'radio', name: 'emoji-tone', value: index, checked: index === this.tone });
      const text = element('span', { className: 'sr-only', textContent: name });
      const hand = element('span', { textContent: `✋${tone}`, ariaHidden: 'true' });
      label.append(input, hand, text);
      fieldset.append(label);
    });
  }

  /** One category: a title for the eye, and rows of a grid. */
  section(name, emoji) {
    const section = element('div', { className: 'emoji-section', role: 'rowgroup', ariaLabel: name });
    section.append(element('div', { className: 'emoji-title', textContent: name, ariaHidden: 'true' }));
    this.fill(section, emoji);
    return section;
  }

  fill(section, emoji) {
    section.querySelectorAll('[role=row]').forEach(row => row.remove());
    for (let i = 0; i < emoji.length; i += columns) {
      const row = element('div', { className: 'emoji-row', role: 'row' });
      row.append(...emoji.slice(i, i + columns).map(entry => this.cell(entry)));
      section.append(row);
    }
    // So that the scroll bar is right for sections that are not laid out yet.
    section.style.setProperty('--rows', Math.ceil(emoji.length / columns));
  }

  cell(entry) {
    const cell = element('button', { type: 'button', tabIndex: -1, role: 'gridcell', ariaLabel: entry[1] });
    cell.entry = entry;
    cell.textContent = this.text(entry);
    return cell;
  }

  /** The emoji in the chosen skin tone, if it has one. */
  text([text, , , , toned]) {
    return toned && this.tone > 0 ? toned.replaceAll(lightest, tones[this.tone][1]) : text;
  }

  addTabs() {
    this.sections.forEach((section, index) => {
      const text = index === 0 ? '🕒' : this.groups[index - 1].emoji[0][0];
      const { ariaLabel } = section;
      const tab = element('button', { type: 'button', title: ariaLabel, ariaLabel });
      tab.append(element('span', { textContent: text, ariaHidden: 'true' }));
      this.tabs.append(tab);
    });
  }

  listen() {
    this.element.addEventListener('beforetoggle', event =>
      event.newState === 'open' ? this.prepare(event.source) : this.onClosing());
    this.element.addEventListener('toggle', event => event.newState === 'open' ? this.onOpened() : this.onClosed());
    this.element.addEventListener('keydown', event => this.onKey(event));
    this.search.addEventListener('input', () => this.show());
    this.tabs.addEventListener('click', event => this.onTab(event));
    this.grid.addEventListener('click', event => this.choose(event.target.closest('[role=gridcell]')));
    this.grid.addEventListener('focusin', event => this.activate(event.target));
    this.grid.addEventListener('pointerover', event => this.describe(event.target));
    this.grid.addEventListener('scroll', () => this.markTab(), { passive: true });
    this.foot.addEventListener('change', event => this.chooseTone(Number(event.target.value)));
    addEventListener('resize', () => this.place());
    // Older browsers do not say which button opened a popover.
    document.addEventListener('click', event => this.setOpener(event.target.closest?.('[data-emoji]')), true);
  }

  /** Opens next to an element that is not a button, and returns the chosen emoji; null if none was chosen. */
  pick(element) {
    const ended = new AbortController();
    this.setOpener(element);
    this.element.showPopover({ source: element });
    return new Promise(resolve => {
      const end = emoji => {
        ended.abort();
        resolve(emoji);
      };
      element.addEventListener('insert', event => end(event.detail), { signal: ended.signal });
      this.element.addEventListener('toggle', event => event.newState === 'closed' && end(null),
        { signal: ended.signal });
    });
  }

  setOpener(button) {
    this.opener = button ?? this.opener;
  }

  prepare(source) {
    this.setOpener(source);
    this.search.value = '';
    const recent = stored('emoji-recent', []);
    const entries = Array.isArray(recent) ? recent.map(text => this.byText.get(text)).filter(Boolean) : [];
    this.fill(this.sections[0], entries);
    this.tabs.firstChild.hidden = entries.length === 0;
    this.activateTab(this.tabs.children[entries.length === 0 ? 1 : 0]);
    this.show();
    this.place();
  }

  /** Puts the picker above the button, or below it if the button is in the upper half. */
  place() {
    const box = this.button()?.getBoundingClientRect();
    if (box) {
      const isRightToLeft = getComputedStyle(document.documentElement).direction === 'rtl';
      const isBelow = box.top < innerHeight / 2;
      this.element.toggleAttribute('data-below', isBelow);
      const { style } = this.element;
      style.setProperty('--inline', `${isRightToLeft ? innerWidth - box.right : box.left}px`);
      // A long message, to which the user reacts, may fill the view.
      const block = Math.min(isBelow ? box.bottom : innerHeight - box.top, innerHeight / 2);
      style.setProperty('--block', `${Math.max(0, block)}px`);
    }
  }

  // Blazor may have replaced the button since.
  button() {
    return this.opener?.isConnected ? this.opener : document.getElementById(this.opener?.id);
  }

  onOpened() {
    this.markTab();
    if (!this.search.autofocus) {
      this.active?.focus();
    }
  }

  // The event of opening would come too late: a quick user may have jumped to a category already.
  onClosing() {
    this.grid.scrollTop = 0;
  }

  // The browser gives the focus back unless a click on the button never moved it there, as in Safari.
  onClosed() {
    if (document.activeElement === document.body) {
      this.button()?.focus();
    }
  }

  /** Shows the categories, or the search results. */
  show() {
    const words = this.search.value.trim();
    const found = words ? find(words, this.byText.values()) : null;
    const sections = found ? [this.section('Found', found)]
      : this.sections.filter(section => section.childElementCount > 1);
    this.grid.replaceChildren(...sections);
    this.grid.scrollTop = 0;
    this.tabs.hidden = Boolean(found);
    this.grid.hidden = found?.length === 0;
    this.found.textContent = !found ? '' : found.length === 0 ? 'No emoji found. Try another word.'
      : found.length === 1 ? 'One emoji found.' : `${found.length} emoji found.`;
    this.activate(this.grid.querySelector('[role=gridcell]'));
    this.markTab();
  }

  /** Makes a cell the grid's only tab stop. */
  activate(cell) {
    if (this.active) {
      this.active.tabIndex = -1;
    }
    this.active = cell;
    if (cell) {
      cell.tabIndex = 0;
    }
    this.describe(cell);
  }

  activateTab(active) {
    [...this.tabs.children].forEach(tab => { tab.tabIndex = tab === active ? 0 : -1; });
  }

  describe(target) {
    this.name.textContent = target?.entry?.[1] ?? '';
  }

  markTab() {
    const top = this.grid.getBoundingClientRect().top + 1;
    const current = this.sections.find(section =>
      section.isConnected && section.getBoundingClientRect().bottom > top);
    [...this.tabs.children].forEach((tab, index) => {
      tab.ariaCurrent = this.sections[index] === current ? 'true' : null;
    });
  }

  onTab(event) {
    const tab = event.target.closest('button');
    if (!tab) {
      return;
    }
    const section = this.sections[[...this.tabs.children].indexOf(tab)];
    this.grid.scrollTop += section.getBoundingClientRect().top - this.grid.getBoundingClientRect().top;
    this.activate(section.querySelector('[role=gridcell]'));
    // A click made with the keyboard has no position.
    if (event.detail === 0) {
      this.focusCell(this.active);
    }
  }

  onKey(event) {
    // The page's own keys do nothing here.
    event.stopPropagation();
    if (event.isComposing || event.altKey) {
      return;
    }
    if (event.target === this.search) {
      this.onSearchKey(event);
    } else if (this.tabs.contains(event.target)) {
      this.onTabKey(event);
    } else if (this.grid.contains(event.target)) {
      this.onGridKey(event);
    }
  }

  onSearchKey(event) {
    if (event.key === 'ArrowDown' && this.active) {
      event.preventDefault();
      this.focusCell(this.active);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (this.search.value.trim()) {
        this.choose(this.active);
      }
    }
  }

  onTabKey(event) {
    const tabs = [...this.tabs.children].filter(tab => !tab.hidden);
    const index = tabs.indexOf(event.target);
    const next = tabs.at({
      [this.forward()]: (index + 1) % tabs.length, [this.backward()]: index - 1, Home: 0, End: -1,
    }[event.key] ?? NaN);
    if (event.key in { ArrowLeft: 0, ArrowRight: 0, Home: 0, End: 0 }) {
      event.preventDefault();
      this.activateTab(next);
      next.focus();
    }
  }

  onGridKey(event) {
    if (event.key === 'ArrowUp' && !event.ctrlKey && this.rowIndex(event.target) === 0) {
      event.preventDefault();
      this.search.focus();
      return;
    }
    const cell = this.cellBy(event);
    if (cell) {
      event.preventDefault();
      this.focusCell(cell);
    } else if (event.key.length === 1 && event.key !== ' ' && !event.ctrlKey && !event.metaKey) {
      // The character itself goes into the field.
      this.search.focus();
    }
  }

  focusCell(cell) {
    const show = () => cell.scrollIntoView({ block: 'nearest' });
    cell.focus();
    show();
    // Sections that come into view are laid out in the next frame, and move the others.
    requestAnimationFrame(() => requestAnimationFrame(show));
  }

  rows() {
    return [...this.grid.querySelectorAll('[role=row]')];
  }

  rowIndex(cell) {
    return this.rows().indexOf(cell.parentElement);
  }

  /** The cell to which a key moves; null for any other key. */
  cellBy({ key, ctrlKey, target }) {
    const rows = this.rows();
    const row = rows.indexOf(target.parentElement);
    const column = [...target.parentElement.children].indexOf(target);
    const inRow = index => {
      const cells = rows[Math.min(Math.max(index, 0), rows.length - 1)].children;
      return cells[Math.min(column, cells.length - 1)];
    };
    switch (key) {
      case this.forward(): return target.nextElementSibling ?? rows[row + 1]?.firstChild ?? target;
      case this.backward(): return target.previousElementSibling ?? rows[row - 1]?.lastChild ?? target;
      case 'ArrowDown': return inRow(row + 1);
      case 'ArrowUp': return inRow(row - 1);
      case 'PageDown': return inRow(row + rowsPerPage);
      case 'PageUp': return inRow(row - rowsPerPage);
      case 'Home': return (ctrlKey ? rows[0] : rows[row]).firstChild;
      case 'End': return (ctrlKey ? rows.at(-1) : rows[row]).lastChild;
      default: return null;
    }
  }

  forward() {
    return getComputedStyle(this.grid).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
  }

  backward() {
    return this.forward() === 'ArrowRight' ? 'ArrowLeft' : 'ArrowRight';
  }

  choose(cell) {
    if (!cell) {
      return;
    }
    const [text] = cell.entry;
    const recent = stored('emoji-recent', []);
    store('emoji-recent', [text, ...(Array.isArray(recent) ? recent : []).filter(other => other !== text)]
      .slice(0, maxRecent));
    this.element.hidePopover();
    this.button()?.dispatchEvent(new CustomEvent('insert', { bubbles: true, detail: this.text(cell.entry) }));
  }

  chooseTone(tone) {
    this.tone = tone;
    store('emoji-tone', tone);
    for (const section of new Set([...this.sections, ...this.grid.children])) {
      section.querySelectorAll('[role=gridcell]').forEach(cell => {
        if (cell.entry[4]) {
          cell.textContent = this.text(cell.entry);
        }
      });
    }
  }
}

const element = (name, properties) => Object.assign(document.createElement(name), properties);
