// What stands against a page being read by everybody: contrast, names, headings, ids, keyboard. Returns lines; none is good.
() => {
  const faults = [];
  const seen = (node) => {
    const style = getComputedStyle(node);
    return node.getClientRects().length > 0 && style.visibility !== "hidden" && !node.closest("[aria-hidden=true]");
  };
  const tell = (node, what) => faults.push(`${what}: ${node.outerHTML.slice(0, 120)}`);

  // WCAG 2.1 contrast of text on the first opaque ground beneath it: 4.5, or 3 for large text.
  const parse = (colour) => {
    const n = colour.match(/[\d.]+/g).map(Number);
    return { rgb: n.slice(0, 3), alpha: n.length > 3 ? n[3] : 1 };
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const mix = (above, below) => above.rgb.map((v, i) => v * above.alpha + below[i] * (1 - above.alpha));
  const ground = (node) => {
    const layers = [];
    for (let at = node; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, one) => mix(one, below), [255, 255, 255]);
  };
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const node = words.currentNode.parentElement;
    if (!words.currentNode.textContent.trim() || !seen(node) || node.closest("svg, script, noscript, option, :disabled")) continue;
    const style = getComputedStyle(node), below = ground(node);
    const a = light(mix(parse(style.color), below)), b = light(below);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) tell(node, `contrast ${ratio.toFixed(2)}`);
  }

  const named = (node) => (node.getAttribute("aria-label") || node.textContent || node.title || "").trim() ||
    (node.labels && [...node.labels].some((label) => label.textContent.trim()));
  document.querySelectorAll("button, a[href], input, select, summary, [role=img], [role=region], [role=group], [role=listbox]").forEach((node) => {
    if (seen(node) && !named(node)) tell(node, "no name");
  });
  document.querySelectorAll("th").forEach((node) => { if (!node.textContent.trim()) tell(node, "empty heading of a table"); });
  document.querySelectorAll("img").forEach((node) => { if (!node.hasAttribute("alt")) tell(node, "picture without words"); });

  let level = 0;
  document.querySelectorAll("h1, h2, h3, h4, h5, h6").forEach((node) => {
    if (!seen(node)) return;
    const own = Number(node.tagName[1]);
    if (own > level + 1) tell(node, `heading ${own} after ${level}`);
    level = own;
  });
  if (document.querySelectorAll("h1").length !== 1) faults.push("a page has one h1");
  if (!document.title.trim()) faults.push("no title");
  if (!/^(zh-CN|en)$/.test(document.documentElement.lang)) faults.push("no language");
  if (!document.querySelector("main")) faults.push("no main part");

  const ids = {};
  document.querySelectorAll("[id]").forEach((node) => { if (ids[node.id]) tell(node, "id twice"); ids[node.id] = true; });
  document.querySelectorAll("[aria-controls], [aria-activedescendant], label[for]").forEach((node) => {
    const to = node.getAttribute("aria-controls") || node.getAttribute("aria-activedescendant") || node.getAttribute("for");
    if (!document.getElementById(to)) tell(node, "points to nothing");
  });
  // Whoever has no mouse must be able to reach what scrolls and what can be clicked.
  document.querySelectorAll("body *").forEach((node) => {
    const style = getComputedStyle(node);
    const scrolls = /auto|scroll/.test(style.overflowY) && node.scrollHeight > node.clientHeight + 2 && node.clientHeight > 0;
    // a list of results is moved through by the arrow keys of its box
    if (scrolls && seen(node) && node.tabIndex < 0 && node.getAttribute("role") !== "listbox" && !node.querySelector("a[href], button, input, select, summary, [tabindex='0']")) tell(node, "scrolls, but not by keyboard");
  });
  document.querySelectorAll("[tabindex]").forEach((node) => { if (node.tabIndex > 0) tell(node, "order of focus is forced"); });
  return faults;
}
