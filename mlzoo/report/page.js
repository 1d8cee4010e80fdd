(function () {
  "use strict";

  const payload = JSON.parse(document.getElementById("payload").textContent);
  const root = document.documentElement;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const roomy = window.matchMedia("(min-width: 600px)");  // each chart is at least 470 pixels wide
  const DATA = new Set(["x", "y", "z", "text", "hovertext", "customdata", "name", "ticktext", "tickvals"]);
  const all = (selector, within) => [...(within || document).querySelectorAll(selector)];

  // -- charts: drawn when they come into view; Plotly is unpacked by then, or as soon as there is nothing else to do

  function plotly() {
    if (!window.Plotly) {
      const packed = Uint8Array.from(atob(document.getElementById("plotly").textContent), (c) => c.charCodeAt(0));
      const script = document.createElement("script");
      script.textContent = new TextDecoder().decode(gunzip(packed));
      document.head.append(script);
    }
    return window.Plotly;
  }
  const idle = window.requestIdleCallback || ((what) => setTimeout(what, 500));
  window.addEventListener("load", () => idle(plotly));

  const PAPER = 470;  // pixels of a chart where two stand side by side; one that stands alone has twice as many
  const SHEET = 460;  // pixels that a sheet leaves for the height of a chart, below its title and what is said of it
  let printing = false;
  function themeName() {
    if (printing) return "light";
    return root.dataset.theme || (dark.matches ? "dark" : "light");
  }

  function colored(value, colors) {
    if (typeof value === "string") return value[0] === "@" && colors[value.slice(1)] ? colors[value.slice(1)] : value;
    if (Array.isArray(value)) return value.map((inner) => colored(inner, colors));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, DATA.has(key) ? inner : colored(inner, colors)]),
    );
  }

  function drawing(id, width) {
    const one = payload.figures[id];
    const theme = payload.themes[themeName()];
    const layout = colored(one.layout, theme.colors);
    const touch = window.matchMedia("(pointer: coarse)").matches;
    Object.assign(layout, { template: theme.template, height: one.height, dragmode: touch ? false : "zoom" });
    if (width) layout.width = width;
    else layout.autosize = true;
    const sheet = width > PAPER ? SHEET + 80 : SHEET;  // a wide chart has less text above it
    if (printing && one.height > sheet) {
      const rows = (layout.yaxis.tickvals || []).length;
      layout.height = Math.max(sheet, 8 * rows + 60);  // more rows than can be read on one sheet stand on two
      const tickfont = { size: rows ? Math.min(9, 0.8 * layout.height / rows) : 9 };
      Object.assign(layout.xaxis, { tickfont });
      Object.assign(layout.yaxis, { tickfont });
    }
    const data = colored(one.data, theme.colors);
    if (one.wide && roomy.matches) Object.assign(data[0], one.wide);
    return [data, layout, { displayModeBar: false, responsive: true, displaylogo: false }];
  }

  function draw(place, width) {
    try {
      const [data, layout, config] = drawing(place.dataset.figure, width);
      place.style.height = `${layout.height}px`;
      plotly().react(place, data, layout, config);
      if (!place.dataset.drawn) listen(place);
      place.dataset.drawn = "done";
    } catch (error) {
      place.textContent = `This browser cannot draw the chart (${error.message}). The tables hold its numbers.`;
      place.style.height = "auto";
    }
  }

  function listen(place) {
    place.on("plotly_click", (event) => {
      const at = event.points[0].customdata;
      if (Number.isInteger(at)) show(`row-${at}`);
    });
    place.on("plotly_hover", (event) => mark(place, event.points[0], true));
    place.on("plotly_unhover", (event) => mark(place, event.points[0], false));
  }

  // Points that belong together, as the scores on one fold do, stand out when one of them is pointed at.
  function mark(place, point, pointed) {
    const folds = point.data.meta;
    if (!folds) return;
    const same = [...folds.keys()].filter((at) => folds[at] === folds[point.pointNumber]);
    window.Plotly.restyle(place, { selectedpoints: [pointed ? same : null] }, [point.curveNumber]);
  }

  const seen = new IntersectionObserver(
    (entries) => entries.map((entry) => entry.isIntersecting && entry.target)
      .filter((place) => place && !place.dataset.drawn).forEach((place) => draw(place)),
    { rootMargin: "400px" },
  );
  all(".plot").forEach((place) => seen.observe(place));

  function redraw(anew) {
    all('.plot[data-drawn="done"]').forEach((place) => {
      if (place.offsetParent && !(anew && payload.figures[place.dataset.figure].wide)) draw(place);
      else {
        window.Plotly.purge(place);  // hidden, or of other labels: drawn anew when it is seen
        delete place.dataset.drawn;
        seen.unobserve(place);
        seen.observe(place);
      }
    });
  }

  dark.addEventListener("change", () => redraw());
  roomy.addEventListener("change", () => printing || redraw(true));  // a sheet is wider than a phone
  document.getElementById("theme").addEventListener("click", () => {
    root.dataset.theme = themeName() === "dark" ? "light" : "dark";
    redraw();
  });

  window.addEventListener("beforeprint", () => {
    printing = true;
    all(".plot").filter((place) => place.offsetParent).forEach((place) => {
      const room = place.closest(".charts") ? PAPER : 2 * PAPER;
      draw(place, Math.min(room, place.offsetWidth || PAPER));
    });
  });
  window.addEventListener("afterprint", () => {
    printing = false;
    redraw();
  });

  // -- the leaderboard: sorted and filtered

  const body = document.querySelector("#board-table tbody");  // the dummy, which is no row, has its own
  const heads = all("#board-table thead button");

  function valueOf(line, key) {
    const cell = key === "row" ? line.querySelector("th") : line.querySelector(`td[data-key="${key}"]`);
    const text = cell.dataset.value;
    if (text === "") return null;
    return key === "row" || key === "status" ? text : Number(text);
  }

  // Names part by part: those between their numbers as texts, numbers by their size, as of `C=0.15`, `C=-1` and `C=1e-05`.
  function byName(a, b) {
    const [ours, theirs] = [a, b].map((name) => name.split(/((?:(?<==)-)?\d+(?:\.\d+)?(?:e[-+]?\d+)?)/));
    for (let at = 0; at < Math.min(ours.length, theirs.length); at += 1) {
      const order = at % 2 ? ours[at] - theirs[at] : ours[at].localeCompare(theirs[at]);
      if (order) return order;
    }
    return ours.length - theirs.length;
  }

  function sortBy(button) {
    const head = button.closest("th");
    const { key, first } = button.dataset;
    const other = first === "ascending" ? "descending" : "ascending";
    const order = head.getAttribute("aria-sort") === first ? other : first;
    const sign = order === "ascending" ? 1 : -1;
    heads.forEach((one) => one.closest("th").setAttribute("aria-sort", "none"));
    head.setAttribute("aria-sort", order);
    const lines = [...body.rows].map((line) => [valueOf(line, key), line]);
    lines.sort(([a], [b]) => {
      if (a === null || b === null) return (a === null) - (b === null);
      return sign * (typeof a === "string" ? byName(a, b) : a - b);
    });
    body.append(...lines.map(([, line]) => line));
  }
  heads.forEach((button) => button.addEventListener("click", () => sortBy(button)));

  const filter = document.getElementById("filter");
  filter.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const lines = [...body.rows];
    lines.forEach((line) => {
      const text = line.dataset.find.toLowerCase();
      line.hidden = !words.every((word) => text.includes(word));
    });
    const shown = lines.filter((line) => !line.hidden).length;
    document.getElementById("count").textContent =
      words.length ? `${shown} of ${lines.length} rows` : `${shown} row${shown === 1 ? "" : "s"}`;
  });

  // -- the row that is shown

  const choice = document.getElementById("choose");
  function choose(id) {
    const chosen = all(".row").find((row) => row.id === id);
    if (!chosen) return false;
    all(".row").forEach((row) => { row.hidden = row !== chosen; });
    all('.plot[data-drawn="done"]', chosen).forEach((place) => window.Plotly.Plots.resize(place));  // of another window
    all("#board-table tbody tr").forEach((line) => line.classList.toggle("chosen", line.dataset.row === id));
    choice.value = id;
    return true;
  }
  function follow() {
    if (choose(location.hash.slice(1))) document.getElementById("rows").scrollIntoView();
  }
  function show(id) {
    if (location.hash === `#${id}`) follow();  // to which the browser would not go again
    else location.hash = id;
  }
  if (choice) {  // the page over several data sets shows no single row
    window.addEventListener("hashchange", follow);
    choice.addEventListener("change", () => {
      choose(choice.value);
      history.replaceState(null, "", `#${choice.value}`);
    });
    if (choice.options.length) choose(choice.options[0].value);
    follow();
  }
  body.addEventListener("click", (event) => {
    const line = event.target.closest("tr[data-row]");
    if (line && !event.target.closest("a") && !String(getSelection())) show(line.dataset.row);
  });

  all(".copy").forEach((button) => button.addEventListener("click", async () => {
    const text = button.previousElementSibling;
    try {
      await navigator.clipboard.writeText(text.textContent);
    } catch {
      getSelection().selectAllChildren(text);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }));
})();
