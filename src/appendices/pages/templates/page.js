"use strict";
(() => {
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const byId = (id) => document.getElementById(id);

  // What was done is said, for the eye and for a screen reader.
  let quiet;
  const say = (words) => {
    byId("said_").textContent = words;
    clearTimeout(quiet);
    quiet = setTimeout(() => { byId("said_").textContent = ""; }, 6000);
  };

  // Downloads come out of the page itself: they work where only the page was mailed.
  const save = (name, blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    say(`Saved ${name}`);
  };
  const drawingOf = (image) => decodeURIComponent(image.src.slice(image.src.indexOf(",") + 1));

  // A PNG says how many pixels a metre it has in a chunk of its own; a canvas leaves it out.
  const withDensity = (png, dpi) => {
    const perMetre = Math.round(dpi / 0.0254);
    const chunk = new DataView(new ArrayBuffer(21));
    chunk.setUint32(0, 9);
    [0x70, 0x48, 0x59, 0x73].forEach((one, place) => chunk.setUint8(4 + place, one));
    chunk.setUint32(8, perMetre);
    chunk.setUint32(12, perMetre);
    chunk.setUint8(16, 1);
    let sum = ~0;
    for (let place = 4; place < 17; place += 1) {
      sum ^= chunk.getUint8(place);
      for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
    }
    chunk.setUint32(17, ~sum);
    return new Blob([png.slice(0, 33), chunk.buffer, png.slice(33)], { type: "image/png" });
  };
  const asPng = async (image, dpi) => {
    const canvas = document.createElement("canvas");
    canvas.width = Math.round((image.getAttribute("width") * dpi) / 96);
    canvas.height = Math.round((image.getAttribute("height") * dpi) / 96);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => { canvas.toBlob(done, "image/png"); });
    return withDensity(await blob.arrayBuffer(), dpi);
  };
  const take = {
    csv: (exhibit) => new Blob([JSON.parse(exhibit.querySelector("script.csv").textContent)], { type: "text/csv" }),
    svg: (exhibit) => new Blob([drawingOf(exhibit.querySelector("img"))], { type: "image/svg+xml" }),
    png: (exhibit) => asPng(exhibit.querySelector("img"), 300),
  };
  all("[data-take]").forEach((link) => link.addEventListener("click", async (event) => {
    event.preventDefault();
    save(link.download, await take[link.dataset.take](link.closest("figure")));
  }));

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      const focused = document.activeElement;
      area.value = text;
      area.className = "unseen";
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      focused?.focus();
      return done;
    }
  };
  all("[data-cite]").forEach((button) => button.addEventListener("click", async () => {
    const text = button.dataset.cite;
    say((await copy(text)) ? "Citation copied" : `Copy this: ${text}`);
  }));

  const codeButton = byId("all_code");
  codeButton?.addEventListener("click", () => {
    const shown = codeButton.getAttribute("aria-pressed") !== "true";
    codeButton.setAttribute("aria-pressed", String(shown));
    all("details.code").forEach((one) => { one.open = shown; });
  });

  // A column sorts up, then down, then back to the order of the table; marks go last.
  const numberOf = (text) => {
    const bare = text.replace(/[,%£≈\s]/g, "").replace("−", "-");
    return bare !== "" && Number.isFinite(Number(bare)) ? Number(bare) : null;
  };
  const isMark = (text) => /^\[\w+\]$/.test(text);
  const compare = (a, b) => {
    if (isMark(a) || isMark(b)) return null;
    const [x, y] = [numberOf(a), numberOf(b)];
    return x !== null && y !== null ? x - y : a.localeCompare(b, "en-GB", { numeric: true });
  };
  all("table.sortable").forEach((table) => {
    const body = table.tBodies[0];
    const original = [...body.rows];
    all("thead th", table).forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const next = { none: "ascending", ascending: "descending", descending: "none" };
        const order = next[head.getAttribute("aria-sort") ?? "none"];
        all("th[aria-sort]", table).forEach((one) => one.removeAttribute("aria-sort"));
        const rows = [...original];
        if (order !== "none") {
          const sign = order === "ascending" ? 1 : -1;
          head.setAttribute("aria-sort", order);
          rows.sort((a, b) => {
            const [x, y] = [a, b].map((row) => row.cells[column].textContent.trim());
            return sign * (compare(x, y) ?? 0) || isMark(x) - isMark(y);
          });
        }
        body.append(...rows);
        say(order === "none" ? "Table in its own order" : `Sorted by ${button.textContent.trim()}, ${order}`);
      });
    });
  });

  // The contents mark the part that is being read.
  const links = new Map(all(".contents a").map((link) => [link.hash.slice(1), link]));
  const places = [...links.keys()].map(byId).filter(Boolean);
  const contents = document.querySelector(".contents");
  const mark = () => {
    const edge = 100;
    const atEnd = window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 2;
    const passed = places.filter((one) => one.getBoundingClientRect().top <= edge);
    const current = links.get((atEnd ? places.at(-1) : passed.at(-1))?.id);
    if (current?.getAttribute("aria-current")) return;
    links.forEach((link) => link.removeAttribute("aria-current"));
    if (!current) return;
    current.setAttribute("aria-current", "location");
    const { top, bottom } = current.getBoundingClientRect();
    const frame = contents.getBoundingClientRect();
    if (top < frame.top || bottom > frame.bottom) contents.scrollTop += top - frame.top - frame.height / 3;
  };
  window.addEventListener("scroll", mark, { passive: true });
  mark();

  // A link into a fold opens it.
  const unfold = () => {
    const aim = byId(decodeURIComponent(window.location.hash.slice(1)));
    let fold = aim?.closest("details:not([open])");
    if (!fold) return;
    for (; fold; fold = fold.parentElement?.closest("details")) fold.open = true;
    aim.scrollIntoView();
  };
  window.addEventListener("hashchange", unfold);
  unfold();

  const find = byId("find_");
  find?.addEventListener("input", () => {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const entries = all(".exhibits > li:not(.facts)");
    entries.forEach((one) => {
      const text = one.textContent.toLowerCase();
      one.hidden = !words.every((word) => text.includes(word));
    });
    const shown = entries.filter((one) => !one.hidden).length;
    byId("found_").textContent = `${shown} of ${entries.length} exhibits shown`;
    all(".listed").forEach((part) => { part.hidden = shown > 0 && !part.querySelector("li:not([hidden])"); });
  });
})();
