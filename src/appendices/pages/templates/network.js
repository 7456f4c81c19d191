"use strict";
// The map of a network, drawn from the data in the page, to be explored by pointer or keyboard.
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const element = (made, attributes, inside) => {
    Object.entries(attributes).forEach(([name, value]) => made.setAttribute(name, value));
    made.append(...inside);
    return made;
  };
  const html = (name, attributes = {}, ...inside) => element(document.createElement(name), attributes, inside);
  const svg = (name, attributes = {}, ...inside) => element(document.createElementNS(SVG, name), attributes, inside);
  const cornersOf = (sides, radius, turn) => Array.from({ length: sides }, (_, corner) => {
    const angle = turn + (corner * 2 * Math.PI) / sides;
    return `${(radius * Math.cos(angle)).toFixed(2)},${(radius * Math.sin(angle)).toFixed(2)}`;
  }).join(" ");
  // In pixels, around nought.
  const marks = {
    person: () => svg("circle", { r: 6.5 }),
    institution: () => svg("rect", { x: -5.8, y: -5.8, width: 11.6, height: 11.6 }),
    incident: () => svg("polygon", { points: cornersOf(3, 8.5, -Math.PI / 2) }),
    merged: () => svg("polygon", { points: cornersOf(6, 15, Math.PI / 6) }),
  };
  const MOST = 8; // times larger than the whole map

  const explore = (source) => {
    const data = JSON.parse(source.textContent);
    const figure = source.closest("figure");
    const still = figure.querySelector("img");
    const idOf = (what) => `${figure.id}_${what}`;
    // On a screen y grows downwards.
    const nodes = data.nodes.map((node) => ({ ...node, y: -node.y, ties: [] }));
    const links = data.links.map(([a, b]) => ({ a: nodes[a], b: nodes[b] }));
    links.forEach(({ a, b }) => { a.ties.push(b); b.ties.push(a); });
    const several = (values) => [...new Set(values)].filter((one) => one !== "").sort();

    // What is drawn
    const edge = 1.6;
    const span = (axis, pick) => (nodes.length ? pick(...nodes.map((node) => node[axis])) : 0);
    const home = { x: span("x", Math.min) - edge, y: span("y", Math.min) - edge };
    home.w = Math.max(span("x", Math.max) + edge - home.x, 6);
    home.h = Math.max(span("y", Math.max) + edge - home.y, 4);
    let view = { ...home };
    links.forEach((link) => {
      const { a, b } = link;
      const between = a.cluster === b.cluster ? "" : " between";
      link.drawn = svg("line", { class: `tie${between}`, x1: a.x, y1: a.y, x2: b.x, y2: b.y });
    });
    const clusters = data.clusters.map(({ number, around }) => {
      const corners = around.map(([x, y]) => [x, -y]);
      const [x, y] = corners.reduce((top, one) => (one[1] < top[1] ? one : top));
      const area = svg("polygon", { points: corners.map((one) => one.join()).join(" ") });
      const label = svg("g", { transform: `translate(${x},${y})` }, svg("text", { class: "of", y: -16 }, number || "merged"));
      return { number, drawn: svg("g", { class: "area" }, area, label) };
    });
    nodes.forEach((node, place) => {
      const words = [node.id, data.kinds[node.kind].toLowerCase(), node.type].filter(Boolean);
      node.says = node.kind === "merged" ? data.kinds.merged : words.join(", ");
      node.drawn = svg(
        "g", { class: `node ${node.kind}`, role: "option", id: idOf(`node${place}`), tabindex: -1,
          "aria-selected": "false", "aria-label": node.says, transform: `translate(${node.x},${node.y})` },
        svg("g", { class: "sized" }, svg("circle", { class: "ring", r: 13 }), marks[node.kind]()),
      );
      node.name = svg("g", { class: "name", transform: `translate(${node.x},${node.y})` }, svg("text", { y: -13 }, node.kind === "merged" ? "merged" : node.id));
    });
    const board = svg(
      "svg", { class: "board" },
      svg("g", { "aria-hidden": "true" }, ...clusters.map((one) => one.drawn), ...links.map((link) => link.drawn)),
      svg("g", { role: "listbox", "aria-label": "Nodes of the map", "aria-describedby": idOf("keys") }, ...nodes.map((node) => node.drawn)),
      svg("g", { "aria-hidden": "true" }, ...nodes.map((node) => node.name)),
    );

    // What a reader sets
    const kinds = Object.keys(marks).filter((kind) => nodes.some((node) => node.kind === kind)).map((kind) => {
      const box = html("input", { type: "checkbox", checked: "" });
      const icon = svg("svg", { class: `icon ${kind}`, viewBox: "-10 -10 20 20", "aria-hidden": "true" }, kind === "merged" ? svg("polygon", { points: cornersOf(6, 8, Math.PI / 6) }) : marks[kind]());
      return { kind, box, label: html("label", {}, box, icon, data.kinds[kind]) };
    });
    const choose = (title, all, options) => {
      const list = html("select", {}, html("option", { value: "" }, all), ...options.map(([value, text]) => html("option", { value }, text)));
      return { list, label: html("label", {}, title, list) };
    };
    const type = choose("Type", "All types", several(nodes.filter((node) => node.kind !== "merged").map((node) => node.type)).map((one) => [one, one]));
    const numbers = [...new Set(nodes.map((node) => node.cluster))].sort((a, b) => a - b);
    const cluster = choose("Cluster", "All clusters", numbers.map((one) => [one, one ? `Cluster ${one}` : "Merged"]));
    const button = (words, title, action) => {
      const made = html("button", { type: "button", class: "button", "aria-label": title }, words);
      made.addEventListener("click", action);
      return made;
    };
    const counted = html("p", { class: "counted", role: "status" });
    const said = html("p", { class: "telling", role: "status", id: idOf("said") });
    const keys = html("p", { class: "keys", id: idOf("keys") },
      "By keyboard: Tab to the map; the arrow keys go to the next node that way, along a link where there is one; Page Down and Page Up go through all nodes; Enter pins a node; Escape leaves the map.");

    // What is shown of it
    let [current, pinned, hovered] = [null, null, null];
    const shown = () => nodes.filter((node) => !node.drawn.hasAttribute("hidden"));
    const tiedTo = (node) => node.ties.filter((one) => !one.drawn.hasAttribute("hidden"));
    const telling = (node) => {
      const ties = tiedTo(node).map((one) => [one.kind === "merged" ? "the merged clusters" : one.id, one.type].filter((part) => part && part !== "merged").join(" "));
      const where = node.kind === "merged" || !node.cluster ? "" : `, cluster ${node.cluster}`;
      return `${node.says}${where}. ${ties.length ? `Tied to ${ties.length}: ${ties.join(", ")}.` : "No ties shown."}`;
    };
    const light = () => {
      const lit = new Set();
      const centres = [hovered ?? current, pinned].filter(Boolean);
      centres.forEach((node) => [node, ...tiedTo(node)].forEach((one) => lit.add(one)));
      board.classList.toggle("lighting", lit.size > 0);
      nodes.forEach((node) => {
        node.drawn.classList.toggle("lit", lit.has(node));
        node.drawn.classList.toggle("pinned", node === pinned);
        node.drawn.setAttribute("aria-selected", String(node === pinned));
        node.name.classList.toggle("lit", lit.has(node));
      });
      links.forEach(({ a, b, drawn }) => drawn.classList.toggle("lit", centres.includes(a) || centres.includes(b)));
      const words = centres.slice(0, 1).map(telling);
      if (pinned) words.push(`${pinned.id} is pinned.`);
      said.textContent = words.join(" ");
    };
    const scale = () => {
      const pixel = view.w / (board.clientWidth || 700); // lengths of a link in a pixel
      board.setAttribute("viewBox", [view.x, view.y, view.w, view.h].join(" "));
      board.style.setProperty("--pixel", pixel);
      board.style.setProperty("--mark", pixel * Math.min(1.3, Math.max(0.5, 0.04 / pixel)));
      board.classList.toggle("close", view.w < home.w);
    };
    const look = (x, y, times) => {
      const [w, h] = [home.w / times, home.h / times];
      const held = (low, size, at, part) => Math.min(Math.max(at - part / 2, low), low + size - part);
      view = { x: held(home.x, home.w, x, w), y: held(home.y, home.h, y, h), w, h };
      scale();
    };
    const zoom = (factor) => {
      const times = Math.min(MOST, Math.max(1, (home.w / view.w) * factor));
      const at = current ?? { x: view.x + view.w / 2, y: view.y + view.h / 2 };
      look(at.x, at.y, times);
    };
    const stop = (node) => nodes.forEach((one) => one.drawn.setAttribute("tabindex", one === node ? 0 : -1));
    const go = (node) => {
      if (!node) return;
      stop(node);
      node.drawn.focus({ preventScroll: true });
      const inside = node.x > view.x && node.x < view.x + view.w && node.y > view.y && node.y < view.y + view.h;
      if (!inside) look(node.x, node.y, home.w / view.w);
    };
    const filter = () => {
      const ticked = new Set(kinds.filter(({ box }) => box.checked).map(({ kind }) => kind));
      const [wantedType, wantedCluster] = [type.list.value, cluster.list.value];
      const fits = (node) => !wantedType || node.type === wantedType;
      nodes.forEach((node) => {
        // A person, who has no type, is shown where a place of the type is tied to them.
        const typed = fits(node) || (node.kind === "person" && node.ties.some(fits));
        const seen = ticked.has(node.kind) && typed && (!wantedCluster || String(node.cluster) === wantedCluster);
        node.drawn.toggleAttribute("hidden", !seen);
        node.name.toggleAttribute("hidden", !seen);
      });
      links.forEach(({ a, b, drawn }) => drawn.toggleAttribute("hidden", [a, b].some((node) => node.drawn.hasAttribute("hidden"))));
      clusters.forEach(({ number, drawn }) => drawn.toggleAttribute("hidden", !nodes.some((node) => node.cluster === number && !node.drawn.hasAttribute("hidden"))));
      const left = shown();
      if (pinned && !left.includes(pinned)) pinned = null;
      if (!left.some((node) => node.drawn.getAttribute("tabindex") === "0")) stop(left[0]);
      counted.textContent = `${left.length} of ${nodes.length} nodes shown`;
      light();
    };

    // Along a link that way, else to the nearest node that way.
    const ahead = ([dx, dy]) => {
      const nearest = (those) => {
        const ranked = those.filter((node) => node !== current).map((node) => {
          const [x, y] = [node.x - current.x, node.y - current.y];
          return { node, along: x * dx + y * dy, across: Math.abs(x * dy - y * dx) };
        }).filter(({ along, across }) => along > 0 && across <= 1.8 * along);
        ranked.sort((a, b) => a.along + 2 * a.across - (b.along + 2 * b.across));
        return ranked[0]?.node;
      };
      return nearest(tiedTo(current)) ?? nearest(shown());
    };
    const ways = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };
    const pin = (node) => {
      pinned = pinned === node ? null : node;
      light();
    };
    board.addEventListener("keydown", (event) => {
      if (!current || event.ctrlKey || event.altKey || event.metaKey) return;
      const left = shown();
      const step = (by) => left[(left.indexOf(current) + by + left.length) % left.length];
      const actions = {
        PageDown: () => go(step(1)),
        PageUp: () => go(step(-1)),
        Home: () => go(left[0]),
        End: () => go(left.at(-1)),
        Enter: () => pin(current),
        " ": () => pin(current),
        Escape: () => {
          pinned = null;
          kinds[0].box.focus();
          light();
        },
      };
      const action = ways[event.key] ? () => go(ahead(ways[event.key])) : actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    });
    nodes.forEach((node) => {
      node.drawn.addEventListener("focus", () => { current = node; hovered = null; light(); });
      node.drawn.addEventListener("blur", () => { current = null; light(); });
      node.drawn.addEventListener("pointerenter", () => { hovered = node; light(); });
      node.drawn.addEventListener("pointerleave", () => { hovered = null; light(); });
      node.drawn.addEventListener("click", () => { go(node); pin(node); });
    });

    // The map moves with the pointer once it is larger than its frame.
    let held = null;
    board.addEventListener("pointerdown", (event) => {
      if (!board.classList.contains("close") || event.target.closest(".node")) return;
      held = event;
      board.setPointerCapture(event.pointerId);
    });
    board.addEventListener("pointermove", (event) => {
      if (!held) return;
      const pixel = view.w / board.clientWidth;
      const [x, y] = [view.x + view.w / 2, view.y + view.h / 2];
      look(x - (event.clientX - held.clientX) * pixel, y - (event.clientY - held.clientY) * pixel, home.w / view.w);
      held = event;
    });
    ["pointerup", "pointercancel"].forEach((end) => board.addEventListener(end, () => { held = null; }));

    const explorer = html(
      "div", { class: "explorer", role: "group", "aria-label": "Map to explore" },
      html("p", { class: "unseen" }, still.alt),
      html("div", { class: "filters" },
        html("fieldset", {}, html("legend", {}, "Show"), ...kinds.map((one) => one.label)),
        type.label, cluster.label,
        html("span", { class: "zoom" },
          button("+", "Enlarge the map", () => zoom(1.6)), button("−", "Reduce the map", () => zoom(1 / 1.6)),
          button("Whole map", "Whole map", () => look(home.x, home.y, 1)))),
      board, said, counted, keys,
    );
    [...kinds.map(({ box }) => box), type.list, cluster.list].forEach((one) => one.addEventListener("change", filter));
    still.after(explorer);
    figure.classList.add("explored");
    filter();
    scale();
    new ResizeObserver(scale).observe(board);
  };
  document.querySelectorAll("script.network").forEach(explore);
})();
