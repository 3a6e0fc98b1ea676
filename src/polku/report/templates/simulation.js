"use strict";
(() => {
  const find = id => document.getElementById(id);
  const flow = JSON.parse(find("flow").textContent);
  const svg = document.querySelector("#way-drawn svg");
  const less = matchMedia("(prefers-reduced-motion: reduce)");
  const SHAPES = {
    people: "M0-5.4 5.4 0 0 5.4-5.4 0z",
    work: "M-4.6 0a4.6 4.6 0 1 0 9.2 0a4.6 4.6 0 1 0-9.2 0z",
    other: "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    move: "M-3.2 0a3.2 3.2 0 1 0 6.4 0a3.2 3.2 0 1 0-6.4 0z",
  };
  const AT_JOIN = -99999, MOST_SCALE = 2, WANTED = 0.62;
  const RANK = { work: 0, people: 1, other: 2 };
  const GAP = 10, ROWS = 3;
  const make = (name, of, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    of.appendChild(made);
    return made;
  };

  // courses: pieces of points, with the length up to each point
  const courses = flow.courses.map(pieces => {
    const points = [];
    let far = 0;
    for (const piece of pieces)
      for (let k = 0; k < piece.length; k += 2) {
        const [x, y] = [piece[k], piece[k + 1]];
        if (k) far += Math.hypot(x - piece[k - 2], y - piece[k - 1]);
        points.push([far, x, y]);
      }
    return points;
  });
  const along = (course, part) => {
    const at = part * course[course.length - 1][0];
    let k = 1;
    while (k < course.length - 1 && course[k][0] < at) k++;
    const [a, b] = [course[k - 1], course[k]];
    const share = b[0] > a[0] ? (at - a[0]) / (b[0] - a[0]) : 1;
    return [a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share];
  };
  const queueAt = (changes, time) => {
    let low = 0, high = changes.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (changes[2 * middle] <= time) low = middle + 1; else high = middle;
    }
    return low ? changes[2 * low - 1] : 0;
  };

  let scale = 1;
  const view = svg.viewBox.baseVal, figure = find("way-drawn");
  const fit = () => {
    const times = Number(find("size").value);
    svg.style.width = layer && times > 1 ? `${100 * times}%` : "";
    const shown = svg.getBoundingClientRect().width / view.width;
    scale = Math.min(Math.max(WANTED / shown, 1), MOST_SCALE);
  };
  let layer = null, pool = [], badges = [], now = 0, playing = false, last = 0, shownDay = -1;
  const clock = find("clock"), counts = find("counts"), slider = find("time"), play = find("play");

  const begin = () => {
    layer = make("g", svg, { class: "moving", "aria-hidden": "true" });
    badges = flow.spots.map(([x, y, w]) => {
      const group = make("g", layer, {});
      const box = make("rect", group, { y: -9, height: 18, rx: 9 });
      const text = make("text", group, { class: "badge-text", y: 4, "text-anchor": "middle" });
      group.style.display = "none";
      return { group, box, text, n: 0, x: x + w, y, kind: "", scale: 0 };
    });
  };
  const dot = (k, kind, x, y) => {
    let one = pool[k];
    if (!one) one = pool[k] = { path: make("path", layer, {}), kind: "" };
    if (one.kind !== kind) {
      one.kind = kind;
      one.path.setAttribute("class", "dot " + kind);
      one.path.setAttribute("d", SHAPES[kind]);
    }
    one.path.setAttribute("transform", `translate(${x.toFixed(1)},${y.toFixed(1)}) scale(${scale.toFixed(2)})`);
    one.path.style.display = "";
  };

  const draw = () => {
    let used = 0;
    const there = flow.spots.map(() => []);
    const joins = flow.spots.map(() => 0);
    const sums = { people: 0, work: 0, other: 0, join: 0 };
    for (const [spot, seen, ready, begun, over] of flow.visits) {
      if (seen > now) break;
      if (over <= now) continue;
      const kind = ready === AT_JOIN ? "join" : now < ready ? "other" : now < begun ? "people" : "work";
      sums[kind]++;
      if (kind === "join") joins[spot]++; else there[spot].push(kind);
    }
    there.forEach((kinds, spot) => {
      if (!kinds.length) return;
      kinds.sort((a, b) => RANK[a] - RANK[b]);
      const [x, y, w, h] = flow.spots[spot];
      const wide = Math.max(w - 4, 40), left = x + w / 2 - wide / 2;
      const each = Math.max(Math.floor(wide / GAP / scale), Math.ceil(kinds.length / ROWS));
      const gap = Math.min(GAP * scale, wide / each);
      kinds.forEach((kind, k) => {
        const row = Math.floor(k / each);
        dot(used++, kind, left + (k % each + 0.5) * gap, y + h + (1 + row * GAP) * scale);
      });
    });
    if (!less.matches)
      for (const [course, since, took] of flow.moves) {
        if (since > now) break;
        if (since + took <= now || courses[course].length < 2) continue;
        const part = (now - since) / took;
        dot(used++, "move", ...along(courses[course], part * part * (3 - 2 * part)));
      }
    for (let k = used; k < pool.length; k++) pool[k].path.style.display = "none";
    let most = 0, where = "";
    badges.forEach((badge, spot) => {
      const n = queueAt(flow.queues[spot], now);
      if (n > most) [most, where] = [n, flow.names[spot]];
      const kind = n ? "" : " join", shown = n || joins[spot];
      if (shown === badge.n && kind === badge.kind && scale === badge.scale) return;
      Object.assign(badge, { n: shown, kind, scale });
      badge.group.style.display = shown ? "" : "none";
      badge.group.setAttribute("transform", `translate(${badge.x},${badge.y}) scale(${scale})`);
      badge.box.setAttribute("class", "badge-box" + kind);
      const wide = 12 + 7 * String(shown).length;
      badge.box.setAttribute("width", wide);
      badge.box.setAttribute("x", -wide / 2);
      badge.text.textContent = shown;
    });
    let day = 0;
    while (day + 1 < flow.days.length && flow.days[day + 1][0] <= now) day++;
    clock.textContent = flow.days[day][1];
    const said = `${sums.work} ${sums.work === 1 ? "step" : "steps"} being worked on, ${sums.people} waiting for people, ` +
      `${sums.other} for the customer or others, ${sums.join} for steps side by side` + (most ? `; longest queue: ${where} (${most})` : "");
    counts.textContent = said;
    slider.value = now;
    if (day !== shownDay) slider.setAttribute("aria-valuetext", `${flow.days[day][1]}: ${said}`);
    shownDay = day;
    return `${flow.days[day][1]}: ${said}`;
  };

  const tick = moment => {
    if (!playing) return;
    const passed = Math.min(moment - last, 100) / 1000;
    last = moment;
    now = Math.min(now + passed * 1440 * Number(find("speed").value), flow.length - 1);
    draw();
    if (now >= flow.length - 1) pause(); else requestAnimationFrame(tick);
  };
  const pause = () => {
    playing = false;
    play.textContent = "Play";
    if (layer) find("spoken").textContent = draw();
  };
  const start = () => {
    if (less.matches) return;
    if (now >= flow.length - 1) now = 0;
    playing = true;
    play.textContent = "Pause";
    find("spoken").textContent = "";
    last = performance.now();
    requestAnimationFrame(tick);
  };
  const step = days => {
    pause();
    let day = 0;
    while (day + 1 < flow.days.length && flow.days[day + 1][0] <= now) day++;
    // noon of the day before or after
    const to = Math.min(Math.max(day + days, 0), flow.days.length - 1);
    now = Math.min(flow.days[to][0] + 720, flow.length - 1);
    find("spoken").textContent = draw();
  };
  const settle = () => {
    if (less.matches) pause();
    play.hidden = less.matches;
    find("pace").hidden = less.matches;
    find("still").hidden = !less.matches;
  };

  find("player").hidden = false;
  find("show").addEventListener("click", () => {
    if (!layer) begin();
    layer.style.display = "";
    find("controls").hidden = find("legend").hidden = false;
    fit();
    find("show").hidden = find("quiet").hidden = true;
    find("show").setAttribute("aria-expanded", "true");
    settle();
    if (less.matches) { step(0); find("next").focus(); } else { start(); play.focus(); }
  });
  find("hide").addEventListener("click", () => {
    pause();
    layer.style.display = "none";
    find("controls").hidden = find("legend").hidden = true;
    svg.style.width = "";
    find("show").hidden = find("quiet").hidden = false;
    find("show").setAttribute("aria-expanded", "false");
    find("show").focus();
  });
  play.addEventListener("click", () => playing ? pause() : start());
  find("back").addEventListener("click", () => step(-1));
  find("next").addEventListener("click", () => step(1));
  slider.addEventListener("input", () => {
    const wanted = Number(slider.value);
    if (playing) pause();
    now = Math.min(wanted, flow.length - 1);
    draw();
  });
  find("size").addEventListener("change", () => {
    const middle = (figure.scrollLeft + figure.clientWidth / 2) / figure.scrollWidth;
    fit();
    figure.scrollLeft = middle * figure.scrollWidth - figure.clientWidth / 2;
    draw();
  });
  addEventListener("resize", () => { if (layer && !find("controls").hidden) { fit(); draw(); } });
  find("controls").addEventListener("keydown", event => {
    if (event.key === "Escape") pause();
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) pause(); });
  less.addEventListener("change", () => { if (layer && !find("controls").hidden) { settle(); draw(); } });
})();
