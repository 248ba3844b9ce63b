"""What rustdoc knows of the published crates: their public items, where each is documented, what it names."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent
# The form that the scripts were written for; rustdoc's JSON is not stable yet.
FORMATS = range(56, 61)
PAGE = {
    "struct": "struct", "enum": "enum", "union": "union", "trait": "trait", "function": "fn", "constant": "constant",
    "static": "static", "type_alias": "type", "macro": "macro", "proc_attribute": "attr", "proc_derive": "derive",
    "primitive": "primitive",
}
ANCHOR = {
    "function": "method", "required_method": "tymethod", "assoc_const": "associatedconstant",
    "assoc_type": "associatedtype", "variant": "variant", "struct_field": "structfield",
}


def published():
    """The manifests, as `cargo metadata` has them, of the crates that go to the registry."""
    metadata = json.loads(cargo("metadata", "--format-version", "1", "--no-deps"))
    return [package for package in metadata["packages"] if package["publish"] is None]


def cargo(*arguments, **environment):
    done = subprocess.run(
        ["cargo", *arguments], cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise SystemExit(f"cargo {arguments[0]} failed")
    return done.stdout


def target_directory():
    return pathlib.Path(json.loads(cargo("metadata", "--format-version", "1", "--no-deps"))["target_directory"])


def folder(package):
    return pathlib.Path(package["manifest_path"]).parent


def document(packages):
    """The public API of each package with all features, by the name of its library."""
    # Only rustdoc sees RUSTC_BOOTSTRAP: build scripts would notice it, and build all dependencies again.
    cargo(
        "doc", "-q", "--no-deps", "--all-features", *(f"-p={package['name']}" for package in packages),
        RUSTDOC=str(ROOT / ".ci/rustdoc-bootstrap"),
        RUSTDOCFLAGS="-Z unstable-options --output-format json",
    )
    target = target_directory()
    names = [package["name"].replace("-", "_") for package in packages]
    return {name: Api(json.loads((target / "doc" / f"{name}.json").read_text())) for name in names}


class Api:
    """One crate as its users see it."""

    def __init__(self, data):
        if data["format_version"] not in FORMATS:
            raise SystemExit(f"rustdoc's JSON has version {data['format_version']}: look what changed, then add it")
        self.index, self.paths, self.crates = data["index"], data["paths"], data["external_crates"]
        self.root = self.index[str(data["root"])]
        self.name = self.root["name"]
        # id -> path by which users name the item; modules before re-exports, as rustdoc places its pages
        self.public = {self.root["id"]: [self.name]}
        # (path, id) of what is re-exported from other crates
        self.foreign = []
        self.members = {}
        self._modules(self.root, [self.name], set())
        self._uses(self.root, [self.name], set())
        for item_id in list(self.public):
            for kind, member in self._children(self.index[str(item_id)]):
                self.members.setdefault(member, (item_id, kind))

    def kind(self, item):
        return next(iter(item["inner"]))

    def _items(self, module):
        for item_id in module["inner"]["module"]["items"]:
            item = self.index.get(str(item_id))
            if item is not None:
                yield item

    def _modules(self, module, path, seen):
        for item in self._items(module):
            if self.kind(item) == "use" or not item["name"]:
                continue
            self.public.setdefault(item["id"], [*path, item["name"]])
            if self.kind(item) == "module" and item["id"] not in seen:
                self._modules(item, [*path, item["name"]], seen | {item["id"]})

    def _uses(self, module, path, seen):
        """The re-exports, those nearest to the root first."""
        inside = []
        for item in self._items(module):
            if self.kind(item) == "module":
                inside.append((item, [*path, item["name"]]))
            if self.kind(item) != "use":
                continue
            use = item["inner"]["use"]
            target = self.index.get(str(use["id"]))
            if target is None:
                self.foreign.append(("::".join([*path, use["name"]]), use["id"]))
            elif use["is_glob"]:
                inside.append((target, path))
                for one in self._items(target) if self.kind(target) == "module" else ():
                    if self.kind(one) != "use":
                        self.public.setdefault(one["id"], [*path, one["name"]])
                    if self.kind(one) == "module":
                        self._modules(one, [*path, one["name"]], set())
            else:
                self.public.setdefault(target["id"], [*path, use["name"]])
                if self.kind(target) == "module":
                    inside.append((target, [*path, use["name"]]))
                    self._modules(target, [*path, use["name"]], set())
        for target, at in inside:
            if self.kind(target) == "module" and target["id"] not in seen:
                self._uses(target, at, seen | {target["id"]})

    def implementations(self, item):
        """The impls that someone wrote or derived for an item."""
        inner = next(iter(item["inner"].values()))
        for impl_id in [*(inner.get("impls") or ()), *(inner.get("implementations") or ())] if isinstance(inner, dict) else ():
            found = self.index.get(str(impl_id))
            if found and not found["inner"]["impl"]["is_synthetic"] and not found["inner"]["impl"]["blanket_impl"]:
                yield found

    def fields(self, item):
        """Fields of structs and variants."""
        inner = item["inner"]
        shape = inner.get("struct", {}).get("kind") or inner.get("variant", {}).get("kind")
        if isinstance(shape, dict):
            plain = shape.get("plain") or shape.get("struct")
            for one in plain["fields"] if plain else shape.get("tuple", ()):
                if one is not None and str(one) in self.index:
                    yield one

    def _children(self, item):
        """(kind of the anchor, id) of what is documented on the page of an item."""
        for one in self.fields(item):
            yield "struct_field", one
        for one in item["inner"].get("enum", {}).get("variants", ()):
            yield "variant", one
        for one in item["inner"].get("trait", {}).get("items", ()):
            member = self.index[str(one)]
            kind = self.kind(member)
            required = kind == "function" and not member["inner"]["function"]["has_body"]
            yield ("required_method" if required else kind), one
        for implementation in self.implementations(item):
            if implementation["inner"]["impl"]["trait"] is None:
                for one in implementation["inner"]["impl"]["items"]:
                    yield self.kind(self.index[str(one)]), one

    def crate(self, item_id):
        """The crate that an item is of, or None if it comes with the compiler."""
        summary = self.paths.get(str(item_id))
        if summary is None or summary["crate_id"] == 0:
            return self.name
        crate = self.crates[str(summary["crate_id"])]
        # The copies of crates inside of std have the same root as std.
        return None if "doc.rust-lang.org" in (crate["html_root_url"] or "") else crate["name"]

    def page(self, item_id):
        """(crate, path below the root of its documentation) of an item of this crate."""
        if item_id in self.public:
            path, item = self.public[item_id], self.index[str(item_id)]
            kind = self.kind(item)
            if kind == "module":
                return "/".join([*path, "index.html"])
            return "/".join([*path[:-1], f"{PAGE[kind]}.{path[-1]}.html"])
        owner, kind = self.members.get(item_id, (None, None))
        if owner is None:
            return None
        return f"{self.page(owner)}#{ANCHOR[kind]}.{self.index[str(item_id)]['name']}"
