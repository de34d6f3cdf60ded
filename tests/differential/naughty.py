"""Texts that programs stumble over, to be sent through every format and every quoting.

They were written for these tests, kind by kind as the Big List of Naughty Strings (github.com/minimaxir/big-list-of-naughty-strings)
has them, without a text of it; what is missing to the number is put together from the pieces, by a seed.
"""
import random

QUOTES = ["'", "''", "'''", '"', '""', '"""', "`", "``", "\\", "\\\\", "\\'", '\\"', "\\`", "'\"'", "\"'\"", "`'\"`", "‘", "’", "“", "”", "‚", "„", "«", "»", "＇", "＂", "´", "ˋ", "′", "″"]
SQL = ["' or '1'='1", "' or 1=1 --", "'; drop table contacts; --", "\\'; drop table contacts; --", '"; drop table contacts; --', "1; delete from contacts", "') or ('a'='a",
       "' union select null, null --", "admin'--", "admin'/*", "/* */", "/*", "*/", "--", "-- ", "#", ";", "';", "\\';", "$$", "$$x$$", "$q$'$q$", "E'\\x27'", "e'\\''", "U&'\\0027'",
       "N'x'", "X'00'", "q'[x]'", "{{1}}", "{x:String}", ":x", "?", "%s", "%(x)s", "@x", "@@version", "${x}", "${env:HOME}", "${spark.app.name}", "$${x}", "#{1+1}", "<%= 1 %>",
       "%", "_", "%_\\%", "\\%", "[a-z]", "^$.*+?()[]{}|", "(?i)", "\\b", "\\d+", "\\1", "$1", "\\u0027", "\\x27", "\\047", "\\0", "\\n", "\\N", "chr(39)", "' || chr(39) || '", "null", "NULL", "Null"]
CSV = [",", ",,", "a,b", ";", "a;b", "\t", "a\tb", "|", '"a","b"', 'a"b', '"a', 'a"', '""a""', "a\nb", "a\r\nb", "a\rb", "\n", "\r", "\r\n", "\n\n", "a\n", "\na", " a", "a ", " ", "  ", "\"\n\"", "a\\,b",
       "=1+1", "+1", "-1", "@a", "=cmd|' /C calc'!A0", "=HYPERLINK(\"http://x.test\")", "\t=1", "\r=1", " =1", "'=1", "＝1", "＋1", "－1", "＠a", "=", "+", "-", "@", "'", "sep=,", "ID", "#N/A", "#REF!"]
JSON = ["{}", "[]", "{\"a\":1}", "[1,2", "\"", "true", "false", "null", "1e309", "NaN", "-0", "\\u0000", "\\ud800", "\\/", "</script>", "<!--", "]]>", "{\"__proto__\":{}}", "\u2028", "\u2029", "a\u2028b"]
SHELL = ["$(touch x)", "`touch x`", "| cat", "; ls", "&& ls", "&", "> x", "< x", "*", "~", "!", "!!", "$HOME", "$?", "-rf", "--help", "../../etc/hosts", "..", ".", "/", "C:\\", "CON", "a/b", "a\\b", "%2e%2e", "%00", "%n%s%d",
         "<b>x</b>", "<script>alert(1)</script>", "javascript:alert(1)", "&amp;", "&#39;", "x' onerror='1", "http://x.test/?a=1&b=2#c", "segment a: everyone;", "| count", "name=x", "__HIVE_DEFAULT_PARTITION__"]
NUMBERS = ["0", "1", "-1", "007", "1.0", "1,000", "1e5", "0x10", "0b1", "∞", "½", "²", "١٢٣", "１２３", "1/0", "2026-11-20", "2026-02-30", "9" * 40, "true", "yes", "no", "None", "nil", "undefined", "inf", "-inf"]
SCRIPTS = ["Zürich", "ZÜRICH", "Zu\u0308rich", "Straße", "STRASSE", "ẞ", "İzmir", "ısı", "Σίσυφος", "ΟΔΟΣ", "ς", "Москва", "東京", "서울", "𠮷野家", "ไทย", "हिन्दी", "தமிழ்", "ქართული", "Հայերեն", "አማርኛ", "ꓘ", "ﬁ", "ǅ", "Ǆ", "K", "Å", "Ω",
           "שלום", "مرحبا", "ﷺ", "مرحبا abc שלום", "abc\u202edef", "\u202eabc", "\u202dabc\u202c", "\u2066a\u2069", "\u200fabc", "\u200eabc", "\u061cabc", "ا\u0651\u064e"]
MARKS = ["e\u0301", "\u0301", "e\u0301\u0302\u0303\u0304", "Z" + "".join(chr(0x300 + at) for at in range(0x6F)), "a\u0338", "\u1ab0x", "\u20dd", "한", "\u1112\u1161\u11ab", "\u0f73", "\u034f"]
INVISIBLE = [f"a{chr(at)}b" for at in (0x00A0, 0x00AD, 0x034F, 0x061C, 0x115F, 0x180E, 0x200B, 0x200C, 0x200D, 0x200E, 0x2028, 0x2029, 0x202F, 0x205F, 0x2060, 0x2061, 0x2064, 0x3000, 0x3164, 0xFE0F, 0xFEFF, 0xFFA0, 0xFFF9, 0xFFFC, 0xFFFD, 0xE0001, 0xE0041)]
ENDS = ["\ufeffabc", "abc\ufeff", "\u00a0abc\u00a0", "\u200b", "\u2003abc", "abc\u3000", "\ufffe", "\uffff", "\U0001fffe", "\U0010ffff", "\ue000", "\U000f0000", "\ud7ff", "\ufdd0"]
EMOJI = ["🙂", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇮🇩", "🇮", "1️⃣", "❤️", "❤︎", "🙂🙃" * 8, "(╯°□°）╯︵ ┻━┻", "¯\\_(ツ)_/¯", "𝒜𝓫𝕔", "ｆｕｌｌ", "ᴴᴵ", "🅰", "\U0001f9d1\u200d\U0001f680"]
CONTROLS = [f"a{chr(at)}b" for at in (*range(0x00, 0x20), *range(0x7F, 0xA0))]
LONG = ["a" * 10_000, "'" * 5_000, "\\" * 5_000, '"' * 5_000, "é" * 4_096, "🙂" * 3_000, "a\u0301" * 3_000, "x" * 255, "x" * 256, "ü" * 60 + "!", "ab " * 1_500]
KINDS = [QUOTES, SQL, CSV, JSON, SHELL, NUMBERS, SCRIPTS, MARKS, INVISIBLE, ENDS, EMOJI, CONTROLS, LONG]


def naughty(n=500, seed=1):
    """`n` texts, each another one: those above, and then pairs and triples of them"""
    rng = random.Random(f"naughty/{seed}")
    # Not first come, first served: each kind has its share of a small number, too.
    written = list(dict.fromkeys(text for kind in KINDS for text in kind))
    if n < len(written):
        return rng.sample(written, n)
    short = [text for text in written if len(text) < 100]
    found = dict.fromkeys(written)
    while len(found) < n:
        found[rng.choice(["", " ", "x", "\n"]).join(rng.sample(short, rng.choice([2, 3])))] = None
    return list(found)


def fold(text):
    """lower case as SegQL has it: code point by code point, by the simple mapping"""
    return "".join("i" if c == "İ" else c.lower() for c in text)


def quoted(text):
    """a text of the language, with what isn't a letter or digit of ASCII by its number"""
    return '"' + "".join(c if c.isascii() and c.isalnum() else f"\\u{{{ord(c):x}}}" for c in text) + '"'
