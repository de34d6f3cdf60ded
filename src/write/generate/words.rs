//! The words that made-up people are made of: names, cities, domains.
//!
//! Domains end in names that are reserved for examples, so that no one has them; `gmail.com`, which has the largest
//! share because filters ask for it, is the one exception: the addresses there are invented, too.

/// First names: a power of two, as the next.
pub(super) const N_FIRST: u64 = 1 << 10;
/// Last names.
pub(super) const N_LAST: u64 = 1 << 14;
/// Cities.
pub(super) const N_CITIES: u64 = 50_000;
/// Domains of the long tail.
const N_DOMAINS: u64 = 40_000;

const GIVEN: [&str; 64] = [
    "adi", "agus", "aisyah", "amelia", "andi", "anton", "arif", "bagas", "bambang", "bayu", "budi", "candra", "citra",
    "clara", "daniel", "dedi", "dewi", "dian", "dimas", "eka", "eko", "endang", "fajar", "farah", "fitri", "galih",
    "gita", "hadi", "hana", "hendra", "ika", "imam", "indah", "intan", "irfan", "joko", "kartika", "kevin", "laras",
    "lestari", "lina", "maya", "mega", "nadia", "nina", "oscar", "putri", "rani", "ratna", "reza", "rizky", "sari",
    "sinta", "slamet", "sri", "surya", "tasya", "tono", "umar", "vina", "wahyu", "wulan", "yusuf", "zahra",
];
const GIVEN_ENDINGS: [&str; 16] = [
    "", "nto", "wati", "man", "ningsih", "yana", "dra", "sih", "mawan", "lia", "gus", "tama", "rini", "yadi", "mita",
    "wan",
];
const FAMILY: [&str; 64] = [
    "anggraini",
    "aritonang",
    "basuki",
    "budiman",
    "cahyono",
    "darma",
    "effendi",
    "firmansyah",
    "gunawan",
    "hakim",
    "halim",
    "hartono",
    "hasan",
    "hidayat",
    "irawan",
    "iskandar",
    "jatmiko",
    "kurnia",
    "kusuma",
    "lim",
    "lubis",
    "mahendra",
    "maulana",
    "mulyadi",
    "nasution",
    "nugroho",
    "nurdin",
    "oktavia",
    "pangestu",
    "permata",
    "prasetyo",
    "pratama",
    "purnomo",
    "putra",
    "rahayu",
    "rahman",
    "ramadhan",
    "salim",
    "santoso",
    "saputra",
    "setiawan",
    "siahaan",
    "simanjuntak",
    "siregar",
    "sitorus",
    "subagyo",
    "sudirman",
    "suharto",
    "sukma",
    "susanto",
    "sutrisno",
    "syahputra",
    "tan",
    "tanjung",
    "utama",
    "wahid",
    "wardana",
    "wibowo",
    "widjaja",
    "wijaya",
    "winata",
    "yulianto",
    "zainal",
    "zulkarnain",
];
const SYLLABLES: [&str; 16] =
    ["ba", "ce", "di", "fo", "gu", "ha", "je", "ki", "lo", "mu", "na", "pe", "ri", "so", "tu", "va"];
const TOWNS: [&str; 16] = [
    "Jakarta",
    "Bandung",
    "Surabaya",
    "Medan",
    "Semarang",
    "Makassar",
    "Palembang",
    "Denpasar",
    "Malang",
    "Bogor",
    "Depok",
    "Bekasi",
    "Singapore",
    "Penang",
    "Manila",
    "Hanoi",
];
const QUARTERS: [&str; 9] = ["Barat", "Timur", "Utara", "Selatan", "Pusat", "Baru", "Lama", "Kota", "Indah"];
const PROVIDERS: [(&str, u32); 12] = [
    ("gmail.com", 450),
    ("suratku.example", 110),
    ("mailbox.example", 65),
    ("posonline.test", 40),
    ("inbox.example.net", 28),
    ("kotaksurat.test", 18),
    ("webmail.example.org", 12),
    ("fastpost.example", 9),
    ("letters.test", 7),
    ("kampus.ac.example", 5),
    ("kantor.co.example", 4),
    ("warga.example", 2),
];
/// Of 1,000 people, those whose domain is of the long tail.
const TAIL: u32 = 250;
const DOMAIN_ENDINGS: [&str; 8] =
    [".example", ".test", ".co.example", ".example.com", ".example.net", ".example.org", ".ac.example", ".or.test"];

/// All words, made once.
pub(super) struct Words {
    pub(super) first: Vec<String>,
    pub(super) last: Vec<String>,
    pub(super) cities: Vec<String>,
    domains: Vec<String>,
}

impl Words {
    pub(super) fn new() -> Self {
        Self {
            first: (0..N_FIRST).map(|i| format!("{}{}", of(&GIVEN, i), of(&GIVEN_ENDINGS, i / 64))).collect(),
            last: (0..N_LAST).map(|i| format!("{}{}", of(&FAMILY, i), syllables(i / 64))).collect(),
            cities: (0..N_CITIES).map(city).collect(),
            domains: (0..N_DOMAINS).map(|i| format!("{}{}", name(i), of(&DOMAIN_ENDINGS, i))).collect(),
        }
    }

    /// A domain, of random bits: a few providers have most people.
    pub(super) fn domain(&self, mut bits: impl FnMut() -> u64) -> &str {
        let tail = ("", TAIL);
        let all: [(&str, u32); 13] = std::array::from_fn(|i| PROVIDERS.get(i).copied().unwrap_or(tail));
        match super::dice::pick(bits(), &all) {
            Some(provider) if !provider.is_empty() => provider,
            _ => &self.domains[super::dice::rank(bits, N_DOMAINS) as usize],
        }
    }
}

/// The i-th city: the first are towns, the rest places in them, so that a town's name stands in thousands.
fn city(i: u64) -> String {
    if let Some(town) = TOWNS.get(i as usize) {
        return (*town).to_owned();
    }
    let town = if i.is_multiple_of(5) { TOWNS[0] } else { of(&TOWNS, i / 5) };
    let quarter = of(&QUARTERS, i);
    let place = name(i);
    match i % 7 {
        // Exports are seldom of one spelling.
        0 => format!("{place} {town} {quarter}").to_uppercase(),
        1 => format!("{place} {town} {quarter}").to_lowercase(),
        _ => format!("{} {town} {quarter}", capital(&place)),
    }
}

/// A word of four syllables for each i below 65,536, without order.
fn name(i: u64) -> String {
    let i = i.wrapping_mul(40_503) & 0xffff;
    [12, 8, 4, 0].iter().map(|shift| of(&SYLLABLES, i >> shift)).collect()
}

/// Nothing for 0, else two syllables, different for each i below 256.
fn syllables(i: u64) -> String {
    if i == 0 { String::new() } else { format!("{}{}", of(&SYLLABLES, i / 16), of(&SYLLABLES, i)) }
}

/// A word with a capital first letter; the words here are ASCII.
pub(super) fn capital(word: &str) -> String {
    let mut word = word.to_owned();
    if let Some(first) = word.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    word
}

fn of<const N: usize>(words: &[&'static str; N], i: u64) -> &'static str {
    words[(i % N as u64) as usize]
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn words_are_distinct() {
        let words = Words::new();
        for list in [&words.first, &words.last, &words.cities, &words.domains] {
            let distinct: HashSet<&String> = list.iter().collect();
            assert_eq!(distinct.len(), list.len());
        }
        let jakarta = words.cities.iter().filter(|it| it.to_lowercase().contains("jakarta")).count();
        assert!((5_000..20_000).contains(&jakarta), "{jakarta}");
        assert_eq!(PROVIDERS.iter().map(|it| it.1).sum::<u32>() + TAIL, 1_000);
    }
}
