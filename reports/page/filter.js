"use strict";
// Filters the rows of a page, keeps the filter in the address so that it can be sent to a
// colleague, and opens what a link or a printer needs. Without it the page is complete, only not
// filterable. An address ends in #ID, in #words=...&verdict=..., or in both: #ID&verdict=FAIL,WARN
(() => {
  const find = (id) => document.getElementById(id);
  const form = find("filter");
  const boxes = [...form.querySelectorAll("[name=verdict]")];
  const fields = ["words", "chapter", "level"].map(find).filter(Boolean);
  const rows = [...document.querySelectorAll("#requirements [data-verdict]")].map((element) => ({
    element,
    verdicts: element.dataset.verdict.split(" "),
    level: element.dataset.level,
    chapter: element.closest("[data-chapter]").dataset.chapter,
    words: element.textContent.toLowerCase(),
  }));
  const chapters = [...document.querySelectorAll("#requirements [data-chapter]")];
  let opened = "";

  const list = () => boxes.filter((box) => box.checked).map((box) => box.value);

  function wanted() {
    const verdicts = list();
    const words = find("words").value.toLowerCase().split(/\s+/).filter(Boolean);
    const chapter = find("chapter").value;
    const level = find("level").value;
    return (row) =>
      (verdicts.length === 0 || row.verdicts.some((verdict) => verdicts.includes(verdict))) &&
      (chapter === "" || row.chapter === chapter) &&
      (level === "" || row.level === level) &&
      words.every((word) => row.words.includes(word));
  }

  function apply() {
    const keep = wanted();
    let shown = 0;
    for (const row of rows) {
      const kept = keep(row);
      row.element.hidden = !kept;
      shown += kept;
    }
    for (const chapter of chapters) {
      chapter.hidden = chapter.querySelector("[data-verdict]:not([hidden])") === null;
    }
    find("shown").value = `${shown} of ${rows.length} shown`;
    find("nothing").hidden = shown > 0 || rows.length === 0;
  }

  function remember() {
    const state = new URLSearchParams();
    for (const field of fields) if (field.value !== "") state.set(field.id, field.value);
    if (list().length > 0) state.set("verdict", list().join(","));
    const parts = [encodeURIComponent(opened), state.toString()].filter(Boolean);
    history.replaceState(null, "", `#${parts.join("&")}`);
  }

  // The parts of an address: nothing in it is trusted, so what does not parse is left out.
  function read() {
    const [first, ...rest] = location.hash.slice(1).split("&");
    const named = first.includes("=");
    const state = new URLSearchParams((named ? [first, ...rest] : rest).join("&"));
    const id = named ? "" : (new URLSearchParams(`id=${first}`).get("id") ?? "");
    return { id, state, filtered: named || rest.length > 0 };
  }

  function restore(state) {
    const verdicts = (state.get("verdict") ?? "").split(",");
    for (const box of boxes) box.checked = verdicts.includes(box.value);
    for (const field of fields) {
      field.value = state.get(field.id) ?? "";
      if (field.matches("select") && field.selectedIndex < 0) field.value = "";
    }
  }

  function follow() {
    const { id, state, filtered } = read();
    if (filtered) restore(state);
    apply();
    const target = id ? find(id) : null;
    if (!target) return;
    opened = id;
    if (target.closest("#requirements [hidden]")) {
      restore(new URLSearchParams());
      apply();
    }
    for (let fold = target; fold; fold = fold.parentElement?.closest("details")) fold.open = true;
    target.scrollIntoView();
    remember();
  }

  function setOpen(open) {
    for (const row of rows) if (!row.element.hidden) row.element.open = open;
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    opened = "";
    apply();
    remember();
  });
  form.addEventListener("reset", () =>
    setTimeout(() => {
      opened = "";
      restore(new URLSearchParams());
      apply();
      remember();
    }),
  );
  find("open")?.addEventListener("click", () => setOpen(true));
  find("close")?.addEventListener("click", () => setOpen(false));
  for (const summary of document.querySelectorAll("details[id] > summary")) {
    summary.addEventListener("click", () => {
      opened = summary.parentElement.open ? "" : summary.parentElement.id;
      remember();
    });
  }
  addEventListener("hashchange", follow);
  // Paper cannot be unfolded: print the evidence of everything that is not a plain pass.
  addEventListener("beforeprint", () => {
    for (const row of rows) if (!row.verdicts.includes("PASS")) row.element.open = true;
    for (const check of document.querySelectorAll("#checks .req")) check.open = true;
  });
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(input|select|textarea)$/i.test(event.target.tagName)) {
      event.preventDefault();
      find("words").focus();
    }
  });

  form.hidden = rows.length === 0;
  follow();
})();
