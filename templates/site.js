// @ts-check
/**
 * The search of the index, and devices side by side. Everything else of the site needs no script, and what these two show
 * has pages without one. The state of both is the page's address. Whatever a device is called only ever becomes text.
 *
 * @typedef {{symbol: string, word: string, tone: string}} Word
 * @typedef {{id: string, name: string, vendor: string, kind: string, hardware: string, firmware: string,
 *   conditions: string, status: string, relearn: string | null, relearnNs: number | null, announcers: string,
 *   works: string | null, tier: number, tested: string, stale: string | null, place: number, text: string}} Device
 * @typedef {{statuses: Record<string, Word>, tiers: string[], kinds: Record<string, string>, announcers: {name: string, title: string}[],
 *   groups: {id: string, title: string, members: string[]}[], letters: Record<'judged' | 'told', Record<string, Word>>,
 *   worksLetters: Record<string, Word>, casesOf: Record<string, string>, outcomesOf: string[], shardSize: number,
 *   rows: unknown[][]}} Data
 * @typedef {[id: string, title: string, level: string, isJudged: boolean, page: string]} Case
 */
(() => {
  /** What is drawn for a key, what each press of the button adds, and how many devices fit side by side. */
  const rowsAtOnce = 25;
  const moreRows = 100;
  const mostCompared = 4;

  // Data comes in classic scripts that call `takeover(path, value)`: a page from disk may load no other.
  /** @type {Map<string, (value: any) => void>} */
  const awaited = new Map();
  /** @type {any} */ (globalThis).takeover = (/** @type {string} */ path, /** @type {unknown} */ value) =>
    awaited.get(path)?.(value);

  /** @type {Map<string, Promise<any>>} */
  const loads = new Map();

  /** What the script at a path holds; relative to the site's root, where both pages lie.
   * @param {string} path @returns {Promise<any>} */
  function load(path) {
    const begun = loads.get(path);
    if (begun) return begun;
    const value = new Promise((resolve, reject) => {
      awaited.set(path, resolve);
      const element = document.createElement('script');
      element.src = path;
      element.onerror = () => reject(new Error(`${path} could not be loaded; reload the page.`));
      document.head.append(element);
    });
    loads.set(path, value);
    return value;
  }

  /**
   * @template {Element} T
   * @param {string} selector @param {new () => T} type @param {ParentNode} from
   */
  function find(selector, type, from = document) {
    const found = from.querySelector(selector);
    if (!(found instanceof type)) throw new Error(`The page has no ${selector}.`);
    return found;
  }

  /** @param {unknown[]} row @param {number} place @param {Data} data @returns {Device} */
  function readRow(row, place, data) {
    const [id, name, vendor, kind, hardware, firmware, conditions, status, ...rest] =
      /** @type {string[]} */ (row);
    const [relearn, relearnNs, announcers, works, tier, tested, stale] = /** @type {any[]} */ (rest);
    const word = data.statuses[status ?? '']?.word;
    const text = [name, hardware, firmware, conditions, kind, word].join(' ').toLowerCase();
    const known = { id, name, vendor, kind, hardware, firmware, conditions, status };
    return /** @type {Device} */ ({
      ...{ ...known, relearn, relearnNs, announcers, works, tier, tested, stale, place, text },
    });
  }

  /** @param {string} path @returns {Promise<{data: Data, devices: Device[]}>} */
  async function loadDevices(path) {
    const data = /** @type {Data} */ (await load(path));
    return { data, devices: data.rows.map((row, place) => readRow(row, place, data)) };
  }

  const listOf = (/** @type {string | null} */ text) => (text ?? '').split(',').filter(Boolean);

  /** The devices that a query asks for: `?q=&kind=&status=&vendor=&works-with=&tier=&stale=&sort=`.
   * @param {Device[]} devices @param {URLSearchParams} query @param {Data} data */
  function select(devices, query, data) {
    const words = (query.get('q') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    const [kinds, statuses] = [listOf(query.get('kind')), listOf(query.get('status'))];
    const [vendor, stale, tier] = [query.get('vendor'), query.get('stale'), Number(query.get('tier'))];
    const asked = listOf(query.get('works-with')).flatMap(
      (id) => data.groups.find((group) => group.id === id)?.members ?? [id],
    );
    const places = asked.map((name) => data.announcers.findIndex((announcer) => announcer.name === name));
    const found = devices.filter(
      (device) =>
        words.every((word) => device.text.includes(word)) &&
        (kinds.length === 0 || kinds.includes(device.kind)) &&
        (statuses.length === 0 || statuses.includes(device.status)) &&
        (!vendor || device.vendor === vendor) &&
        device.tier >= tier &&
        (!stale || (stale === 'only') === (device.stale !== null)) &&
        // Where the address takes its MAC address along, a host has nothing to learn.
        places.every((place) => 'PN'.includes(device.announcers[place] || ' ')),
    );
    const order = orders[query.get('sort') ?? ''];
    return order ? found.sort(order) : found;
  }

  const worksOf = (/** @type {Device} */ { works }) => Number.parseInt(works ?? '-1', 10);

  /** @type {Record<string, (x: Device, y: Device) => number>} */
  const orders = {
    relearn: (x, y) => (x.relearnNs ?? Infinity) - (y.relearnNs ?? Infinity) || x.place - y.place,
    works: (x, y) => worksOf(y) - worksOf(x) || x.place - y.place,
    tested: (x, y) => (x.tested < y.tested ? 1 : x.tested > y.tested ? -1 : x.place - y.place),
  };

  /** @param {HTMLFormElement} form */
  async function search(form) {
    const { source = '', device: devicePath = '', compare: comparePath = '' } = form.dataset;
    const body = find('.list tbody', HTMLTableSectionElement);
    const row = find('template', HTMLTemplateElement);
    const count = find('.count', HTMLElement);
    const [more, picked] = [find('.more', HTMLElement), find('.picked a', HTMLAnchorElement)];
    /** What stands in the page by itself: the whole list, or its beginning. */
    const whole = { rows: [...body.children], text: count.textContent };
    let query = new URLSearchParams(location.search);
    /** @type {{data: Data, devices: Device[]} | undefined} */
    let loaded;
    // Made and used once before the first key, for either takes a while.
    const grouped = new Intl.NumberFormat('en');
    let all = '';

    /** @param {Device} device @param {Data} data */
    function drawRow(device, data) {
      const drawn = /** @type {HTMLTableRowElement} */ (
        /** @type {DocumentFragment} */ (row.content.cloneNode(true)).firstElementChild
      );
      const status = data.statuses[device.status];
      /** @type {Record<string, string>} */
      const texts = {
        ...{ name: device.name, kind: data.kinds[device.kind] ?? '', hardware: device.hardware },
        firmware: device.firmware,
        ...{
          conditions: device.conditions,
          status: status ? `${status.symbol} ${status.word}` : device.status,
        },
        ...{ relearn: device.relearn ?? '–', works: device.works ?? '–', tier: `Tier ${device.tier}` },
        ...{
          tierWord: data.tiers[device.tier] ?? '',
          tested: device.tested,
          aged: device.stale ? 'stale' : '',
        },
      };
      for (const field of drawn.querySelectorAll('[data-field]')) {
        const name = field.getAttribute('data-field') ?? '';
        field.textContent = texts[name] ?? '';
        if (name === 'status') field.className = `tag ${status?.tone ?? ''}`;
        if (name === 'aged') field.setAttribute('title', device.stale ?? '');
      }
      drawn.classList.toggle('outdated', device.stale !== null);
      find('a', HTMLAnchorElement, drawn).href = devicePath.replace('ID', device.id);
      find('input', HTMLInputElement, drawn).value = device.id;
      return drawn;
    }

    const compared = () => listOf(query.get('compare'));

    /** Ticks what is chosen for the comparison, and leads there. */
    function drawPicked() {
      const chosen = compared();
      for (const box of body.querySelectorAll('input')) {
        box.checked = chosen.includes(box.value);
        box.disabled = !box.checked && chosen.length >= mostCompared;
      }
      const target = new URLSearchParams(chosen.map((id) => ['device', id]));
      picked.href = chosen.length > 0 ? `${comparePath}?${target}` : comparePath;
      picked.setAttribute('aria-disabled', String(chosen.length < 2));
      picked.textContent = chosen.length > 0 ? `Compare ${chosen.length} devices` : 'Compare';
    }

    const filters = ['q', 'kind', 'status', 'vendor', 'tier', 'stale', 'sort', 'works-with'];

    /** Shows what the query asks for; the rows once the data is there. */
    function draw() {
      const isWhole = !filters.some((name) => query.get(name)) && !query.get('show');
      if (!isWhole) drawFound();
      else if (body.firstElementChild !== whole.rows[0]) drawWhole();
      drawPicked();
    }

    function drawWhole() {
      document.body.classList.remove('searching');
      body.replaceChildren(...whole.rows);
      count.textContent = whole.text;
      more.hidden = true;
    }

    function drawFound() {
      if (!loaded) return;
      const { data, devices } = loaded;
      document.body.classList.add('searching');
      const found = select(devices, query, data);
      const shown = Math.min(found.length, Number(query.get('show')) || rowsAtOnce);
      body.replaceChildren(...found.slice(0, shown).map((device) => drawRow(device, data)));
      const some = shown < found.length ? `, the first ${shown}` : '';
      count.textContent =
        found.length === 0
          ? `No device of ${all} fits. Leave out a filter, or a word.`
          : `${grouped.format(found.length)} of ${all} devices${some}`;
      more.hidden = shown === found.length;
    }

    /** Sets the form's fields to what the address says. */
    function fill() {
      for (const field of form.elements) {
        if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement) || !field.name)
          continue;
        if (field.type === 'checkbox' && field instanceof HTMLInputElement)
          field.checked = listOf(query.get(field.name)).includes(field.value);
        else field.value = query.get(field.name) ?? '';
      }
      const chosen = listOf(query.get('works-with'));
      find('[data-chosen]', HTMLElement, form).textContent = chosen.join(', ') || 'any failover software';
    }

    /** Says in the address what the query asks for.
     * @param {boolean} isNew whether Back leads to what was asked before */
    function note(isNew) {
      const text = query.toString().replaceAll('%2C', ',');
      const address = `${location.pathname}${text ? `?${text}` : ''}`;
      // A page from disk may not change its address in every browser; it searches all the same.
      try {
        history[isNew ? 'pushState' : 'replaceState'](null, '', address);
      } catch {}
    }

    const set = (/** @type {string} */ name, /** @type {string} */ value) =>
      value ? query.set(name, value) : query.delete(name);

    /** While somebody types, Back leads to what was before all of it. */
    let typing = false;
    form.addEventListener('input', ({ target }) => {
      if (!(target instanceof HTMLInputElement || target instanceof HTMLSelectElement)) return;
      const boxes = [...form.querySelectorAll('input:checked')].map((box) => /** @type {any} */ (box).value);
      set(target.name, target.type === 'checkbox' ? boxes.join(',') : target.value);
      set('show', '');
      draw();
      note(target.type !== 'search' || !typing);
      typing = target.type === 'search';
      if (target.type === 'checkbox') fill();
    });
    form.addEventListener('change', () => {
      typing = false;
    });
    form.addEventListener('submit', (event) => event.preventDefault());
    more.addEventListener('click', () => {
      const shown = body.children.length;
      set('show', String(shown + moreRows));
      draw();
      note(false);
      // From here the keyboard goes on, not from a button that may be gone.
      body.children[shown]?.querySelector('a')?.focus();
    });
    body.addEventListener('change', ({ target }) => {
      if (!(target instanceof HTMLInputElement)) return;
      const others = compared().filter((id) => id !== target.value);
      set('compare', [...others, ...(target.checked ? [target.value] : [])].join(','));
      drawPicked();
      note(false);
    });
    picked.addEventListener('click', (event) => {
      if (compared().length < 2) event.preventDefault();
    });
    addEventListener('popstate', () => {
      query = new URLSearchParams(location.search);
      typing = false;
      fill();
      draw();
    });

    // A browser fills fields by itself when one comes back; the address is what counts.
    fill();
    draw();
    loaded = await loadDevices(source);
    all = grouped.format(loaded.devices.length);
    draw();
    form.dataset.ready = '';
  }

  /** @param {string} tag @param {string} text @param {Record<string, string>} attributes */
  function element(tag, text, attributes = {}) {
    const made = document.createElement(tag);
    made.textContent = text;
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    return made;
  }

  /** A table's row: its heading, and a cell for each device.
   * @param {Node | string} heading @param {(Node | string)[]} cells */
  function tableRow(heading, cells) {
    const row = document.createElement('tr');
    const head = element('th', '', { scope: 'row' });
    head.append(heading);
    row.append(head);
    for (const content of cells) row.insertCell().append(content);
    return row;
  }

  /** @param {Word | undefined} word */
  const tag = (word) =>
    word
      ? element('span', `${word.symbol} ${word.word}`, { class: `tag ${word.tone}` })
      : element('span', '–');

  /** @param {HTMLElement} section */
  async function compare(section) {
    const { source = '', device: devicePath = '' } = section.dataset;
    const { data, devices } = await loadDevices(source);
    const asked = new URLSearchParams(location.search).getAll('device').slice(0, mostCompared);
    const chosen = asked.flatMap((id) => devices.find((device) => device.id === id) ?? []);
    const status = find('.count', HTMLElement);
    if (chosen.length === 0) {
      status.textContent = 'No device was chosen: tick two to four on the list of devices.';
      return;
    }
    status.textContent = chosen.length === 1 ? 'One device' : `${chosen.length} devices side by side`;
    const table = find('table', HTMLTableElement, section);
    const corner = table.tHead?.rows[0];
    for (const { id, name, firmware } of chosen) {
      const head = element('th', '', { scope: 'col' });
      head.append(element('a', name, { href: devicePath.replace('ID', id) }), ` ${firmware}`);
      corner?.append(head);
    }
    /** @param {string} title @param {HTMLTableRowElement[]} rows */
    function group(title, rows) {
      if (rows.length === 0) return;
      const body = table.createTBody();
      const head = element('th', title, {
        scope: 'rowgroup',
        class: 'group',
        colspan: String(chosen.length + 1),
      });
      body.insertRow().append(head);
      body.append(...rows);
    }
    const each = (/** @type {(device: Device) => Node | string} */ cell) => chosen.map(cell);
    group('The device', [
      tableRow(
        'Kind',
        each(({ kind }) => data.kinds[kind] ?? ''),
      ),
      tableRow(
        'Hardware',
        each(({ hardware }) => hardware || '–'),
      ),
      tableRow(
        'Firmware',
        each(({ firmware }) => firmware),
      ),
      tableRow(
        'Conditions',
        each(({ conditions }) => conditions || 'as it came'),
      ),
      tableRow(
        'Status',
        each((device) => tag(data.statuses[device.status])),
      ),
      tableRow(
        'Works with',
        each(({ works }) => works ?? '–'),
      ),
      tableRow(
        'Relearn time',
        each(({ relearn }) => relearn ?? '–'),
      ),
      tableRow(
        'Confidence',
        each(({ tier }) => `Tier ${tier}: ${data.tiers[tier]}`),
      ),
      tableRow(
        'Last tested',
        each(({ tested, stale }) => (stale ? `${tested}, stale` : tested)),
      ),
    ]);
    const heard = data.announcers.flatMap(({ name, title }, i) =>
      chosen.some(({ announcers }) => announcers)
        ? [
            tableRow(
              element('span', name, { title }),
              each((device) => tag(data.worksLetters[device.announcers[i] ?? ''])),
            ),
          ]
        : [],
    );
    group('Works with, one by one', heard);
    const letters = await Promise.all(
      chosen.map(async ({ place }) => {
        const shard = data.outcomesOf[Math.floor(place / data.shardSize)] ?? '';
        return /** @type {string} */ ((await load(shard))[place % data.shardSize]);
      }),
    );
    for (const kind of new Set(chosen.map((device) => device.kind))) {
      const cases = /** @type {Case[]} */ (await load(data.casesOf[kind] ?? ''));
      const letterAt = (/** @type {Device} */ device, /** @type {number} */ i) =>
        device.kind === kind ? letters[chosen.indexOf(device)]?.[i] : undefined;
      const differing = cases.flatMap(([id, title, level, isJudged, page], i) => {
        const seen = chosen.map((device) => letterAt(device, i));
        const isFailed = isJudged && (seen[0] === 'F' || seen[0] === 'D');
        const isPlain = seen.every((letter) => letter === seen[0]) && !isFailed;
        if (isPlain) return [];
        const words = data.letters[isJudged ? 'judged' : 'told'];
        const heading = document.createDocumentFragment();
        heading.append(
          element('a', id, { href: page }),
          element('span', ` ${level}: ${title}`, { class: 'quiet' }),
        );
        return [
          tableRow(
            heading,
            each((device) => tag(words[letterAt(device, i) ?? ''])),
          ),
        ];
      });
      group(`Cases of a ${kind} in which they differ, or that failed`, differing);
    }
    section.dataset.ready = '';
  }

  /** Says in the page why there is nothing to see. */
  const explain = (/** @type {Error} */ { message }) => {
    find('.count', HTMLElement).textContent = message;
  };
  const form = document.querySelector('form.search');
  if (form instanceof HTMLFormElement) search(form).catch(explain);
  const comparison = document.querySelector('.comparison');
  if (comparison instanceof HTMLElement) compare(comparison).catch(explain);
})();
