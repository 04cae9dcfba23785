"""Writes P2PChat.Peer/wwwroot/emoji/emoji.json, the data of the emoji picker. Run it when Unicode adds emoji:
  python3 eng/emoji.py emoji-test.txt annotations.json derived.json > P2PChat.Peer/wwwroot/emoji/emoji.json
The first file is emoji-test.txt of the Unicode Character Database; the others are annotations/en/annotations.json of
CLDR's packages cldr-annotations-full and cldr-annotations-derived-full. Their versions are in docs/third-party.md.
Each emoji is [text, name, more words to search by, version or 0, text in the lightest skin tone].
Trailing empty fields are left out. The version is that of the emoji if older systems may not have it.
"""
import json
import re
import sys

LIGHTEST, TONES = "\U0001F3FB", "\U0001F3FB\U0001F3FC\U0001F3FD\U0001F3FE\U0001F3FF"
VARIATION_SELECTOR = "\uFE0F"
# Every system with color emoji has these.
ASSUMED_VERSION = 11


def words(text):
    return re.findall(r"[\w+*#]+", text.lower())


def keywords(emoji, name, annotations):
    """The words of an emoji's annotations that its name does not contain."""
    found = {word for key in annotations.get(emoji.replace(VARIATION_SELECTOR, ""), {}).get("default", [])
             for word in words(key)}
    return " ".join(sorted(found - set(words(name))))


def read(path, annotations):
    """Reads the groups, without components, and puts skin tones with the emoji that they modify."""
    groups, by_plain, version = [], {}, None
    for line in open(path, encoding="utf-8"):
        if match := re.match(r"# Version: (\S+)", line):
            version = match[1]
        elif match := re.match(r"# group: (.+)", line):
            groups.append({"name": match[1], "emoji": []})
        elif match := re.match(r"([0-9A-F ]+); fully-qualified +# \S+ E(\d+\.\d+) (.+)", line):
            emoji = "".join(chr(int(code, 16)) for code in match[1].split())
            plain = re.sub(f"[{TONES}{VARIATION_SELECTOR}]", "", emoji)
            if not set(emoji) & set(TONES):
                since = float(match[2]) if float(match[2]) > ASSUMED_VERSION else 0
                entry = [emoji, match[3], keywords(emoji, match[3], annotations), since, ""]
                by_plain[plain] = entry
                groups[-1]["emoji"].append(entry)
            elif set(emoji) & set(TONES) == {LIGHTEST}:
                by_plain[plain][4] = emoji
    return version, [group for group in groups if group["emoji"]]


def main():
    annotations = {}
    for path, key in ((sys.argv[2], "annotations"), (sys.argv[3], "annotationsDerived")):
        with open(path, encoding="utf-8") as file:
            annotations |= json.load(file)[key]["annotations"]
    version, groups = read(sys.argv[1], annotations)
    lines = [f'{{"version":"{version}","groups":[']
    for number, group in enumerate(groups):
        lines.append(f'{{"name":{json.dumps(group["name"])},"emoji":[')
        for entry in group["emoji"]:
            while not entry[-1]:
                entry.pop()
            ends = entry is group["emoji"][-1]
            lines.append(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) + ("" if ends else ","))
        lines.append("]}" if number == len(groups) - 1 else "]},")
    print("\n".join([*lines, "]}"]))


main()
