"use strict";
// Zooms the timelines of attempts. Each shows the whole run until somebody asks for more.
(() => {
  const LEAST_S = 1e-4;

  function control(figure) {
    const drawing = figure.querySelector("svg.lanes");
    const { start, span, focusAt, focusSpan } = figure.dataset;
    const whole = { at: 0, span: Number(span) };
    const focus = { at: Number(focusAt), span: Number(focusSpan) };
    const height = drawing.viewBox.baseVal.height;
    let view = whole;

    function show(at, length) {
      const wanted = Math.min(Math.max(length, LEAST_S), whole.span);
      view = { at: Math.min(Math.max(at, 0), whole.span - wanted), span: wanted };
      drawing.setAttribute("viewBox", `${view.at} 0 ${view.span} ${height}`);
      const from = Number(start) + view.at;
      const digits = view.span < 1 ? 4 : 2;
      figure.querySelector("output").value =
        `${from.toFixed(digits)} s to ${(from + view.span).toFixed(digits)} s`;
    }

    const scale = (factor) => show(view.at + (view.span * (1 - factor)) / 2, view.span * factor);
    const acts = {
      first: () => show(focus.at, focus.span),
      whole: () => show(whole.at, whole.span),
      closer: () => scale(0.5),
      wider: () => scale(2),
      earlier: () => show(view.at - view.span / 2, view.span),
      later: () => show(view.at + view.span / 2, view.span),
    };
    for (const button of figure.querySelectorAll("button")) {
      button.addEventListener("click", acts[button.dataset.act]);
    }
    figure.querySelector(".controls").hidden = false;
    acts.whole();
  }

  document.querySelectorAll(".attempts").forEach(control);
})();
