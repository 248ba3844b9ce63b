#!/bin/bash
# `sbc demo` draws the ladder of its calls: headless Chromium, without network, shows it without errors,
# fetches nothing, and no two texts of the drawing overlap. SCREENSHOT=FILE keeps a picture.
. "$(dirname "$0")/lib.sh"
need chromium python3
built "$SBC"
inside timeout 120 "$SBC" demo --page ladder.html >demo.log 2>&1
ok "sbc demo" 0 $?

# look NAME: NAME.html in Chromium; NAME.dom, NAME.err and NAME.net tell what happened.
look() {
  inside timeout 60 chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --user-data-dir="$W/profile-$1" \
    --disable-background-networking --disable-component-update --disable-sync --disable-default-apps --disable-extensions \
    --window-size=1400,1200 --virtual-time-budget=3000 --enable-logging=stderr --log-net-log="$W/$1.net" "${@:2}" "file://$W/$1.html" >"$1.dom" 2>"$1.err"
}
# The page, with a script behind it that measures its texts.
python3 - <<'PY'
page = open("ladder.html").read() if __import__("os").path.exists("ladder.html") else ""
script = """<script>
addEventListener("load", () => {
  const boxes = [...document.querySelectorAll("svg text")].filter(text => text.textContent.trim() && !text.closest("defs"))
    .map(text => [text.textContent.trim(), text.getBoundingClientRect()]).filter(([, box]) => box.width > 0);
  const found = [];
  for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
    const [a, b] = [boxes[i][1], boxes[j][1]];
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left), high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide > 1 && high > 3) found.push(boxes[i][0] + " | " + boxes[j][0]);
  }
  const outside = boxes.filter(([, box]) => box.left < 0 || box.right > document.documentElement.scrollWidth + 1).map(([text]) => text);
  const result = document.createElement("pre");
  result.id = "measured";
  result.textContent = JSON.stringify({texts: boxes.length, small: boxes.filter(([, box]) => box.height < 8).length, overlaps: found, outside});
  document.body.append(result);
});
</script>"""
import re
# The page forbids scripts; its copy allows this one.
page = re.sub(r"<meta[^>]*Content-Security-Policy[^>]*>", "", page)
at = page.rfind("</body>")
open("measured.html", "w").write(page[:at] + script + page[at:] if at >= 0 else page + script)
# Proof that these checks see what they look for.
open("control.html", "w").write('<!doctype html><body><img src="http://192.0.2.1/x.png"><script>console.error("a control"); nothing.here()</script><svg><text y="20">one</text><text x="3" y="21">two</text></svg>' + script + "</body>")
PY
[ -s ladder.html ] && look ladder --dump-dom
[ -s ladder.html ] && look measured --dump-dom
look control --dump-dom
if [ -n "${SCREENSHOT:-}" ]; then look ladder --screenshot="$SCREENSHOT" --window-size=1400,4000; look ladder --dump-dom; fi
python3 - <<'PY' || RC=1
import html, json, os, re
from capture import check, done
def text(path):
    return open(path, errors="replace").read() if os.path.exists(path) else ""
def console(name):
    return re.findall(r"CONSOLE.*", text(name + ".err"))
def requests(name):
    # Chromium asks its maker for updates whatever the page is.
    found = re.findall(r'"url":"((?:https?|wss?|ftp)://([^/"]*)[^"]*)"', text(name + ".net"))
    return sorted({url for url, host in found if not host.endswith((".google.com", ".googleapis.com"))})
def measured(name):
    found = re.search(r'<pre id="measured">(.*?)</pre>', text(name + ".dom"), re.S)
    return json.loads(html.unescape(found.group(1))) if found else None
check("the control page shows console errors", True, len(console("control")) >= 2)
check("the control page shows its request", ["http://192.0.2.1/x.png"], requests("control"))
check("the control page shows its overlap", ["one | two"], (measured("control") or {}).get("overlaps"))
dom = text("ladder.dom")
check("console errors of the ladder", [], console("ladder"))
check("requests of the ladder", [], requests("ladder"))
check("addresses of other resources in the ladder", [], [url for url in re.findall(r"""(?:src|href)\s*=\s*["']?([^"'\s>]+)|url\(([^)]+)\)""", dom) if not (url[0] or url[1]).startswith(("#", "data:"))])
check("it is a drawing", True, "<svg" in dom)
for word in ("INVITE", "180", "200", "ACK", "BYE"):
    check(f"the ladder tells of {word}", True, word in re.sub(r"<[^>]*>", " ", dom))
found = measured("measured")
check("texts are measured", True, bool(found) and found["texts"] > 20)
if found:
    check("texts that overlap", [], found["overlaps"][:5])
    check("texts outside of the page", [], found["outside"][:5])
    check("texts too small to read", 0, found["small"])
done()
PY
[ $RC = 0 ] || { tail -n 5 demo.log; head -c 600 measured.err; }
exit $RC
