"""Writes P2PChat.Node/Backup/canonical.txt with this Python's Unicode data. Run it only when Unicode adds letters:
  python3 eng/canonical.py > P2PChat.Node/Backup/canonical.txt
Each line is a canonical decomposition ("C9 45 301", with "!" in front if it is never recomposed), or the canonical
combining class of a range, unless it is 0 ("=E6 300 314"). Numbers are hexadecimal. A formula gives Hangul syllables.
"""
import unicodedata

FIRST_SYLLABLE, LAST_SYLLABLE = 0xAC00, 0xD7A3

for value in range(0x80, 0x110000):
    parts = unicodedata.decomposition(chr(value))
    if FIRST_SYLLABLE <= value <= LAST_SYLLABLE or not parts or parts.startswith("<"):
        continue
    stays = "" if unicodedata.normalize("NFC", chr(value)) == chr(value) else "!"
    print(f"{stays}{value:X} {' '.join(f'{int(part, 16):X}' for part in parts.split())}")

begin = 0
for value in range(0x110001):
    kind = unicodedata.combining(chr(value)) if value < 0x110000 else 0
    before = unicodedata.combining(chr(value - 1)) if value else 0
    if kind != before:
        if before:
            print(f"={before:X} {begin:X} {value - 1:X}")
        begin = value
