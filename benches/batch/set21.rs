//! Row 21 of the set: 1,000 segments of ten conditions each, drawn from 300 distinct ones of all kinds, nested 2 to 4 deep.

use std::fmt::Write;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How many segments there are.
pub const N_SEGMENTS: usize = 1_000;
const N_CONDITIONS: usize = 300;
const CONDITIONS_EACH: usize = 10;
/// Conditions that are negated where they stand, in percent.
const NEGATED: u64 = 15;

/// The definitions, tags `s0000` to `s0999`; the same for the same seed.
pub fn definitions(seed: u64) -> String {
    let mut dice = Dice(ChaCha8Rng::seed_from_u64(seed));
    let conditions = dice.conditions();
    let mut text = String::new();
    for at in 0..N_SEGMENTS {
        let mut chosen = conditions.clone();
        dice.shuffle(&mut chosen);
        chosen.truncate(CONDITIONS_EACH);
        let depth = 2 + dice.below(3);
        let is_and = dice.below(2) == 0;
        let filter = dice.tree(&chosen, depth, is_and);
        // Writing to a String never fails.
        let _ = writeln!(text, "segment s{at:04}: {filter}\n;");
    }
    text
}

struct Dice(ChaCha8Rng);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0.next_u64() % n
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at as u64 + 1) as usize);
        }
    }

    /// As many of each kind as there are, in turn, until there are enough.
    fn conditions(&mut self) -> Vec<String> {
        let mut kinds = kinds();
        for kind in &mut kinds {
            self.shuffle(kind);
        }
        let most = kinds.iter().map(Vec::len).max().unwrap_or(0);
        let in_turn = (0..most).flat_map(|at| kinds.iter().filter_map(move |kind| kind.get(at)));
        let conditions: Vec<String> = in_turn.take(N_CONDITIONS).cloned().collect();
        assert_eq!(conditions.len(), N_CONDITIONS, "there are too few to draw from");
        conditions
    }

    /// Groups in groups, `and` and `or` in turn.
    fn tree(&mut self, conditions: &[String], depth: u64, is_and: bool) -> String {
        let parts: Vec<String> = if depth == 1 || conditions.len() < 2 {
            conditions
                .iter()
                .map(|it| if self.below(100) < NEGATED { format!("not ({it})") } else { it.clone() })
                .collect()
        } else {
            let n_groups = (2 + self.below(3) as usize).min(conditions.len());
            let groups =
                (0..n_groups).map(|at| at * conditions.len() / n_groups..(at + 1) * conditions.len() / n_groups);
            groups.map(|group| self.tree(&conditions[group], depth - 1, !is_and)).collect()
        };
        let joined = parts.join(if is_and { " and " } else { " or " });
        if parts.len() > 1 { format!("({joined})") } else { joined }
    }
}

/// What can be asked of a generated book, kind by kind.
fn kinds() -> Vec<Vec<String>> {
    let each =
        |form: &str, values: &[&str]| -> Vec<String> { values.iter().map(|it| form.replace("{}", it)).collect() };
    let numbers = |form: &str, values: std::ops::Range<u32>, step: usize| -> Vec<String> {
        values.step_by(step).map(|it| form.replace("{}", &it.to_string())).collect()
    };
    vec![
        each("status = {}", &["active", "unsubscribed", "pending", "hard_bounce"]),
        each("status not in ({}, hard_bounce)", &["unsubscribed", "pending"]),
        numbers("label = label_{}", 1..61, 1),
        numbers("label in (label_{}, label_2, label_30)", 3..30, 1),
        numbers("label all (label_1, label_{})", 2..20, 1),
        each("label is {}", &["empty", "not empty"]),
        each("source = {}", &["website_form", "import", "api", "event", "landing_page", "checkout", "manual"]),
        each("country = {}", &["ID", "SG", "MY", "PH", "TH", "VN", "AU", "US"]),
        each("country in (ID, {})", &["SG", "MY", "JP", "DE"]),
        each("city contains \"{}\"", &["jakarta", "bandung", "medan", "selatan", "kota", "hanoi", "ba"]),
        each("city starts with \"{}\"", &["Bogor", "Depok", "Manila", "Penang", "Ma"]),
        each("tier = {}", &["free", "silver", "gold", "platinum"]),
        each("interests = {}", &["travel", "cooking", "music", "books", "gaming"]),
        numbers("age >= {}", 18..70, 4),
        numbers("age between {} and 60", 20..56, 5),
        numbers("orders >= {}", 1..20, 2),
        numbers("lifetime_value >= {}", 50..1_000, 100),
        numbers("score < {}.5", 5..95, 10),
        each("{} is empty", &["age", "city", "lifetime_value", "score", "tier", "name"]),
        each("{}", &["push_opt_in", "not push_opt_in", "lost", "account_state = inactive"]),
        each("stage >= {}", &["engaged", "customer", "loyal_customer"]),
        each("funnel = {}", &["aware", "engaged", "customer", "loyal_customer", "promoter", "lost"]),
        numbers("stage_since in last {} days", 30..360, 60),
        numbers("last_open in last {} days", 7..365, 30),
        numbers("last_click more than {} days ago", 30..720, 90),
        each("subscribed_at {}", &["before 2022-01-01", "since 2025-01-01", "in this year", "in last month"]),
        numbers("birthday anniversary in next {} days", 1..31, 6),
        each("email ends with \"{}\"", &["@gmail.com", "@mailbox.example", ".test", "@inbox.example.net"]),
        each("name starts with \"{}\"", &["a", "bud", "sri", "ratna"]),
        numbers("did email_open in last {} days", 15..400, 45),
        numbers("did purchase at least 2 times in last {} days", 60..700, 90),
        each("did {}", &["purchase", "email_click", "page_view"]),
        numbers("did purchase where amount > {}", 20..220, 40),
        numbers("sum(purchase.amount in last 365 days) >= {}", 50..550, 100),
        numbers("count(distinct purchase.sku) >= {}", 2..5, 1),
        numbers("last(purchase.at) more than {} days ago", 30..365, 90),
        each("attended \"{}\"", &["Growth Webinar", "Email Basics", "Data Clinic", "API Evening"]),
        each("registered for \"{}\"", &["Retail Summit", "Segment School"]),
        each("moved to {} in last 180 days", &["engaged", "customer", "promoter"]),
        each("visitor of \"{}\"", &["Shop", "Blog", "Pricing", "Careers"]),
        each("push {}", &["granted", "blocked"]),
        numbers("did email_open then purchase within {} days", 3..31, 9),
    ]
}
