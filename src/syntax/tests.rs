//! Sentences of the shared case files, hand-made trees, and the laws of parsing and printing.

use std::path::PathBuf;

use super::ast::{
    CompareOp, ConditionKind, CountForm, Expr, OffsetForm, Query, StepKind, Subject, Test, Value, Window,
};
use super::{MAX_LIST_VALUES, MAX_TEXT_BYTES, parse, parse_definitions, print, print_definition, quote, statements};
use crate::model::{CalendarUnit, Code, Diagnostic, SourceId, TimeUnit};

fn ok(text: &str) -> Query {
    parse(text, SourceId::QUERY).unwrap_or_else(|it| panic!("{text}\n{it:#?}"))
}

fn wrong(text: &str) -> Vec<Diagnostic> {
    match parse(text, SourceId::QUERY) {
        Ok(query) => panic!("{text}\nreads as {}", print(&query)),
        Err(diagnostics) => diagnostics,
    }
}

/// Line and column from 1, in code points.
fn place(text: &str, at: usize) -> (u64, u64) {
    let before = &text[..at];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line as u64, column as u64)
}

/// A file beside the package, where there is one.
fn shared(file: &str) -> Option<Vec<serde_json::Value>> {
    let folder = std::env::var_os("SEGQL_SHARED").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")));
    let Ok(text) = std::fs::read_to_string(folder.join(file)) else {
        println!("skipped: {} isn't there", folder.join(file).display());
        return None;
    };
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The sentence again, printed, and printed again.
fn check_print(text: &str) {
    let once = print(&ok(text));
    let twice = print(&ok(&once));
    assert_eq!(once, twice, "printing {text}");
}

#[test]
fn shared_cases_parse_and_print() {
    for file in ["demo/cases.jsonl", "demo/steps.jsonl", "cdnow/cases.jsonl"] {
        for case in shared(file).into_iter().flatten() {
            if case.get("must_fail").is_none() {
                check_print(case["dsl"].as_str().unwrap());
            }
        }
    }
}

#[test]
fn shared_errors_have_words_and_place() {
    let mut missed = Vec::new();
    for case in shared("demo/errors.jsonl").into_iter().flatten() {
        let text = match case.get("build") {
            Some(build) => {
                let times = usize::try_from(build[1].as_u64().unwrap()).unwrap();
                build[0].as_str().unwrap().repeat(times) + build[2].as_str().unwrap()
            }
            None => case["dsl"].as_str().unwrap().to_owned(),
        };
        // The others are right as far as syntax goes.
        let Err(diagnostics) = parse(&text, SourceId::QUERY) else {
            println!("resolver: {}", case["id"]);
            continue;
        };
        let told: String = diagnostics.iter().map(|it| format!("{} {}\n", it.message, it.help.join("\n"))).collect();
        let told = told.to_lowercase();
        let mut places = vec![(case["line"].as_u64().unwrap(), case["col"].as_u64().unwrap())];
        for also in case["also"].as_array().into_iter().flatten() {
            places.push((also[0].as_u64().unwrap(), also[1].as_u64().unwrap()));
        }
        let at = place(&text, diagnostics[0].span.unwrap().start);
        let words = case["must_mention"].as_array().unwrap();
        let mentioned = words.iter().all(|it| told.contains(&it.as_str().unwrap().to_lowercase()));
        if !mentioned || !places.contains(&at) {
            missed.push(format!("{} at {at:?}, not {places:?}, {words:?}:\n{told}", case["id"]));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// The only condition of a sentence.
fn condition(text: &str) -> ConditionKind {
    let filter = ok(text).filter;
    let Expr::Condition(condition) = filter else { panic!("{text}: {filter:?}") };
    condition.kind
}

/// The first message's code and the words it underlines.
fn first<'t>(text: &'t str, all: &[Diagnostic]) -> (Code, &'t str) {
    let span = all[0].span.unwrap();
    (all[0].code, &text[span.start..span.end])
}

/// What all the messages say.
fn told(all: &[Diagnostic]) -> String {
    all.iter().map(|it| format!("{} {}\n", it.message, it.help.join("\n"))).collect()
}

#[test]
fn and_binds_tighter_than_or_and_both_are_flat() {
    let Expr::Or(alternatives, span) = ok("a or b and not c and d or e").filter else { panic!("no or") };
    assert_eq!((span.start, span.end), (0, 27));
    assert_eq!(alternatives.len(), 3);
    let Expr::And(parts, span) = &alternatives[1] else { panic!("no and") };
    assert_eq!((span.start, span.end, parts.len()), (5, 22, 3));
    assert!(matches!(&parts[1], Expr::Not(inner, span) if span.start == 11 && inner.span().start == 15));
}

#[test]
fn ordinary_words_are_fields_where_a_field_stands() {
    for field in [
        "push",
        "lost",
        "segment",
        "from",
        "moved",
        "became",
        "attended",
        "registered",
        "visitor",
        "count",
        "order",
        "show",
    ] {
        let kind = condition(&format!("{field} = x"));
        assert!(
            matches!(&kind, ConditionKind::Test { subject: Subject::Field(it), .. } if it.name.text == field),
            "{kind:?}"
        );
        assert!(matches!(condition(field), ConditionKind::Test { test: Test::Bare, .. }), "{field}");
    }
    assert!(matches!(condition("push granted"), ConditionKind::Push(_)));
    assert!(matches!(condition("lost from customer"), ConditionKind::LostFrom(_)));
    assert!(matches!(condition("segment \"x\""), ConditionKind::SegmentName(_)));
    assert!(matches!(condition("attended any"), ConditionKind::Attended { event: None, .. }));
    assert!(matches!(condition("count(label) > 3"), ConditionKind::Test { subject: Subject::Total(_), .. }));
    assert_eq!(ok("from visitors from = x").from.unwrap().text, "visitors");
    assert_eq!(ok("from contains x").from, None);
}

#[test]
fn words_split_where_the_language_says() {
    assert_eq!(print(&ok("age>=30and age<40")), "age >= 30 and age < 40");
    assert_eq!(print(&ok("did a where amount>0then b")), "did a where amount > 0 then b");
    assert_eq!(print(&ok("seen>2026-02-08or lost")), "seen > 2026-02-08 or lost");
    assert_eq!(print(&ok("t = 3or4")), "t = 3or4");
    let ConditionKind::Test { test: Test::Compare(op, Value::Offset { base, form, by, .. }), .. } =
        condition("t<now-36 hours")
    else {
        panic!("no offset")
    };
    assert_eq!((op, form, &*by.count, by.unit), (CompareOp::Lt, OffsetForm::Minus, "36", TimeUnit::Hour));
    assert!(matches!(*base, Value::Word { text, .. } if text == "now"));
    assert!(matches!(condition("t = now-36"), ConditionKind::Test { test: Test::Compare(_, Value::Word { .. }), .. }));
    assert!(matches!(
        condition("t = 2026-02-08"),
        ConditionKind::Test { test: Test::Compare(_, Value::Day { .. }), .. }
    ));
    assert!(matches!(
        condition("t = 2026-02-08x"),
        ConditionKind::Test { test: Test::Compare(_, Value::Word { .. }), .. }
    ));
    assert!(matches!(
        condition("t = 2026-02-08T14:30:05.25+07:00"),
        ConditionKind::Test { test: Test::Compare(_, Value::Time { .. }), .. }
    ));
}

#[test]
fn counts_and_windows_are_told_apart() {
    let ConditionKind::Did { which, .. } = condition("did x between 1 and 2 times between 2026-01-01 and today") else {
        panic!()
    };
    assert!(matches!(which.count.unwrap().form, CountForm::Between(..)));
    assert!(matches!(which.window.unwrap().window, Window::Between(..)));
    let ConditionKind::Did { which, .. } = condition("did x more than 2 times more than 1 year ago") else { panic!() };
    assert!(matches!(which.count.unwrap().form, CountForm::MoreThan(..)));
    let ConditionKind::Did { which, .. } = condition("did x more than 2 years ago") else { panic!() };
    assert!(which.count.is_none() && matches!(which.window.unwrap().window, Window::MoreThanAgo(_)));
    let ConditionKind::Did { which, .. } = condition("did x not in last month") else { panic!() };
    let window = which.window.unwrap();
    assert!(window.negated && window.window == Window::Last(CalendarUnit::Month));
    assert_eq!((window.span.start, window.span.end), (6, 23));
}

#[test]
fn where_takes_one_condition_outside_brackets() {
    let Expr::And(parts, _) = ok("did x where not sku starts with \"B-\" and city = y").filter else {
        panic!("no and")
    };
    assert_eq!(parts.len(), 2);
    assert!(matches!(condition("did x where (a = 1 and b = 2)"), ConditionKind::Did { .. }));
}

#[test]
fn steps_take_fields_with_any_name() {
    let query = ok("everyone | show order, limit order by order desc, by limit 5 offset 2");
    let StepKind::Show { fields, order, limit, offset } = &query.steps[0].kind else { panic!("no show") };
    assert_eq!((fields.len(), order.len(), order[0].descending, order[1].descending), (2, 2, true, false));
    assert_eq!((limit.as_ref().unwrap().text.as_str(), offset.as_ref().unwrap().text.as_str()), ("5", "2"));
    assert_eq!((query.steps[0].word.start, query.steps[0].word.end), (11, 15));
}

#[test]
fn canonical_form() {
    for (text, canonical) in [
        ("((a = 1) OR (b = 2 AND c = 3))", "a = 1 or b = 2 and c = 3"),
        ("(a = 1 or b = 2) and (c = 3 and d = 4)", "(a = 1 or b = 2) and c = 3 and d = 4"),
        ("not (a = 1 and b = 2) and not (not (c))", "not (a = 1 and b = 2) and not not c"),
        ("a == 'x' and b <> \"y\" and `c` = `in`.x", ""),
        ("a == 'x \\'\"' and b <> y and `c` = 1", "a = \"x '\\\"\" and b != y and `c` = 1"),
        ("label none (a) and not label all (b,)", "label none (a) and not label all (b)"),
        ("did x where (amount > 1)", "did x where amount > 1"),
        ("did x where (a = 1 or not (b = 2))", "did x where (a = 1 or not b = 2)"),
        ("did x where (did y) then z", "did x where (did y) then z"),
        ("t in last 1 days and t < 2 day ago", "t in last 1 day and t < 2 days ago"),
        (
            "from visitors push = granted | sample 5% seed 11 | by push TOP 3",
            "from visitors push = granted | sample 5% seed 11 | by push top 3",
        ),
        ("birthday not anniversary on today", "birthday not anniversary on today"),
        ("attended \"any\"", "attended \"any\""),
        ("x = \"\\u{7}\\n\"", "x = \"\\u{7}\\n\""),
    ] {
        if canonical.is_empty() {
            wrong(text);
            continue;
        }
        assert_eq!(print(&ok(text)), canonical);
        check_print(text);
    }
    assert_eq!(quote("a\"b\\"), "\"a\\\"b\\\\\"");
}

#[test]
fn depth_is_64_inclusive() {
    let nested =
        |open: &str, inner: &str, close: &str, n: usize| format!("{}{inner}{}", open.repeat(n), close.repeat(n));
    for (open, close, levels) in [
        ("(", ")", 1),
        ("not ", "", 1),
        ("not (", ")", 2),
        ("did a where (", ")", 1),
        ("a = 1 and not (b or ", ")", 2),
        ("visitor of x where not (b or ", ")", 2),
    ] {
        let n = 64 / levels;
        ok(&nested(open, "x in (1, 2)", close, n));
        ok(&nested(open, "sum(a.b) > 1", close, n));
        let one_more = if levels == 1 {
            open.to_owned() + &nested(open, "x", close, n) + close
        } else {
            nested(open, "not x", close, n)
        };
        let all = wrong(&one_more);
        assert_eq!(all[0].code, Code::TooDeep, "{open}");
        let span = all[0].span.unwrap();
        let expected = if open == "(" { 64 } else { span.start };
        assert_eq!(span.start, expected);
    }
    // The scanner takes `not` behind a name for one inside a form; the builder counts it.
    assert_eq!(wrong(&format!("from visitors {} x", "not ".repeat(65)))[0].code, Code::TooDeep);
    // What the levels were is over behind their bracket.
    ok(&format!("{} and {}", nested("(", "a", ")", 40), nested("not ", "a", "", 64)));
}

#[test]
fn hostile_texts_are_answered_at_once_on_a_small_stack() {
    let check = |piece: &str, bytes: usize| {
        let text = piece.repeat(bytes / piece.len());
        let thread = std::thread::Builder::new().stack_size(2 << 20);
        let started = std::time::Instant::now();
        assert!(thread.spawn(move || parse(&text, SourceId::QUERY).is_err()).unwrap().join().unwrap(), "{piece}");
        // Each takes milliseconds; the bound leaves room for a machine that is busy.
        assert!(started.elapsed().as_secs() < 5, "{piece}");
    };
    for piece in [
        "(",
        ")",
        "not ",
        "count(",
        "in (",
        "did a where (",
        "sum(a.b where sum(a.b where (",
        "not not a = (",
        "a or ",
        "a=1 and ",
    ] {
        check(piece, MAX_TEXT_BYTES);
    }
    for piece in [
        "sum(a.b where ",
        "did a where ",
        "a ",
        "@",
        "|",
        "| by a ",
        "'x",
        "\\",
        "- ",
        "x in (1,",
        "between ",
        "visitor of x where ",
        "then ",
        "a = b c ",
        "`x",
        "&&",
        ", a = 1",
        "a not ",
        "\u{1F469}",
        "e\u{301} ",
        "1,",
        "in last ",
        "cased ",
    ] {
        check(piece, 64 << 10);
    }
    assert_eq!(wrong(&"(".repeat(MAX_TEXT_BYTES))[0].span.unwrap().start, 64);
    assert_eq!(wrong(&"a".repeat(MAX_TEXT_BYTES + 1))[0].code, Code::TextTooLong);
    ok(&"a".repeat(MAX_TEXT_BYTES));
}

#[test]
fn limits_are_inclusive() {
    let text = "a=1 or ".repeat(9_999) + "b=1";
    let Expr::Or(parts, _) = ok(&text).filter else { panic!("no or") };
    assert_eq!(parts.len(), 10_000);
    let all = wrong(&("a=1 or ".repeat(10_000) + "b=1"));
    assert_eq!((all.len(), all[0].code, all[0].span.unwrap().start), (1, Code::TooManyConditions, 70_000));
    let list = |n: usize| format!("a in ({}1)", "1,".repeat(n - 1));
    ok(&list(MAX_LIST_VALUES));
    assert_eq!(wrong(&list(MAX_LIST_VALUES + 1))[0].code, Code::TooManyValues);
}

#[test]
fn slips_show_what_would_work() {
    for (text, code, words, help) in [
        ("status active", Code::ExpectedOperator, "active", "status = active"),
        ("labels has vip", Code::ExpectedOperator, "has", "labels contains vip"),
        ("city = Bandung age > 3", Code::ExpectedJoiner, "age", "and"),
        ("city is not null", Code::AfterIs, "null", "is not empty"),
        ("status is active", Code::AfterIs, "is", "= active"),
        ("age => 3", Code::UnknownOperator, "=>", ">="),
        ("a = 1 || b = 2", Code::ExpectedJoiner, "||", "`or`"),
        ("!lost", Code::UnknownOperator, "!", "`not`"),
        ("a in (b, c", Code::UnclosedBracket, "(", ")"),
        ("a in (b c)", Code::ExpectedComma, "c", "b, c"),
        ("a = \"b", Code::UnclosedQuote, "\"", "text"),
        ("a = b)", Code::StrayBracket, ")", "("),
        ("a = email@b.com", Code::ExpectedQuotes, "email@b.com", "\"email@b.com\""),
        ("age > 1,000", Code::ExpectedJoiner, "1,", "1_000"),
        ("t in last 30 dayz", Code::ExpectedUnit, "dayz", "days"),
        ("t < 30 days", Code::ExpectedValue, "30 days", "30 days ago"),
        ("did a at least three times", Code::ExpectedNumber, "three", "3"),
        ("did a in last 9 days once", Code::RecordOrder, "in last 9 days once", "once in last 9 days"),
        ("did a in last 9 days then b", Code::InSequence, "in last 9 days", "where at in last 9 days"),
        ("did not a then b", Code::InSequence, "not", "not did a then b"),
        ("did a where x = 1 and y = 2 then b", Code::ExpectedJoiner, "then", "did a then b"),
        ("sum(a.b where x = 1 and y = 2) > 3", Code::ExpectedBracket, "and", "where (a = 1 and b = 2)"),
        ("\"Last Purchase\" = 3", Code::ExpectedField, "\"Last Purchase\"", "`Last Purchase`"),
        ("everyone | shwo email", Code::UnknownStep, "shwo", "show"),
        ("everyone | show a limit 1 order by b", Code::StepOrder, "order by b", "order by b limit 1"),
        ("everyone | count | by a", Code::TwoAnswers, "by", "count"),
        ("everyone | top 3 by a | save \"b\"", Code::SaveSubset, "save", "top"),
        ("a = \"x\\q\"", Code::BadEscape, "\\q", "\\\\q"),
        ("a = e@b.com and c = 1", Code::ExpectedQuotes, "e@b.com", "\"e@b.com\""),
        ("count(a)", Code::ExpectedOperator, "count(a)", "count(a) >= 1"),
        ("a = 1 or ,", Code::ExpectedCondition, ",", "joined by `and` or `or`"),
        ("everyone | stats", Code::ExpectedField, "stats", "after `stats`"),
        ("everyone | top 5 by", Code::ExpectedField, "top", "after `top`"),
    ] {
        let all = wrong(text);
        assert_eq!(first(text, &all), (code, words), "{text}");
        assert!(told(&all).contains(help), "{text}: {}", told(&all));
        assert_eq!(all.len(), 1, "{text}: {all:#?}");
    }
}

#[test]
fn doubled_signs_are_one_token() {
    let text = "a||b&&c & | d";
    let words: Vec<&str> = super::tokens(text).map(|it| &text[it.start..it.end]).collect();
    assert_eq!(words, ["a", "||", "b", "&&", "c", " ", "&", " ", "|", " ", "d"]);
}

#[test]
fn several_slips_are_all_told() {
    let all = wrong("city = then and (t in last 3 dayz or country in (ID, IN)) and age => 3 and | shwo a | by");
    let codes: Vec<Code> = all.iter().map(|it| it.code).collect();
    assert_eq!(
        codes,
        [
            Code::ReservedWord,
            Code::ExpectedUnit,
            Code::ReservedWord,
            Code::UnknownOperator,
            Code::ExpectedCondition,
            Code::UnknownStep,
            Code::ExpectedField
        ]
    );
    // Brackets that are set in move no place.
    let text = "(a = then | shwo b";
    let places: Vec<usize> = wrong(text).iter().map(|it| it.span.unwrap().start).collect();
    assert_eq!(places, [0, 5, 12]);
    // Of brackets that aren't closed three are enough.
    assert_eq!(wrong("((((a = 1").iter().map(|it| it.code).collect::<Vec<_>>(), [Code::UnclosedBracket; 3]);
}

#[test]
fn a_broken_definition_harms_only_itself() {
    let text = "# tags\nsegment a \"A; b\": x = 1;\nsegment b: x = ;\nsegment c: y = \"open;\nsegment d: z = 1\nsegment e: from visitors push = granted; # end\nsegment f: a = 1 | count;\n;segment g: not x;\nsegment h two words: x = 1;";
    let all = parse_definitions(text, SourceId(1));
    let tags: Vec<Result<String, (Option<String>, Code)>> = all
        .iter()
        .map(|it| match it {
            Ok(definition) => Ok(print_definition(definition)),
            Err(broken) => Err((broken.tag.as_ref().map(|it| it.text.clone()), broken.diagnostics[0].code)),
        })
        .collect();
    let broken = |tag: &str, code| Err((Some(tag.to_owned()), code));
    assert_eq!(
        tags,
        [
            Ok("segment a \"A; b\": x = 1;".to_owned()),
            broken("b", Code::ExpectedValue),
            broken("c", Code::UnclosedQuote),
            broken("d", Code::BadDefinition),
            Ok("segment e: from visitors push = granted;".to_owned()),
            broken("f", Code::BadDefinition),
            Err((None, Code::BadDefinition)),
            Ok("segment g: not x;".to_owned()),
            broken("h", Code::BadDefinition),
        ]
    );
    let Ok(first) = &all[0] else { panic!() };
    assert_eq!(&text[first.span.start..first.span.end], "segment a \"A; b\": x = 1;");
    assert_eq!(&text[first.filter.span().start..first.filter.span().end], "x = 1");
    assert!(parse_definitions(" # nothing\n", SourceId(1)).is_empty());
}

#[test]
fn statements_end_outside_quotes_and_comments() {
    let text = "a = \";\"; -- b;\nc; d";
    let parts: Vec<&str> = statements(text).into_iter().map(|it| text[it].trim()).collect();
    assert_eq!(parts, ["a = \";\"", "-- b;\nc", "d"]);
    assert!(super::is_complete("a; # b") && !super::is_complete("a # ;") && super::is_blank(" # b\n"));
    assert!(super::is_reserved("IN") && !super::is_reserved("inn") && !super::is_reserved("at"));
}

/// A value for each condition, so that two filters can be compared by what they say.
fn holds(expr: &Expr, world: u64) -> bool {
    match expr {
        Expr::And(parts, _) => parts.iter().all(|it| holds(it, world)),
        Expr::Or(parts, _) => parts.iter().any(|it| holds(it, world)),
        Expr::Not(inner, _) => !holds(inner, world),
        Expr::Group(inner, _) => holds(inner, world),
        Expr::Condition(_) => {
            let words = super::print_expr(expr);
            xxhash_rust::xxh3::xxh3_64_with_seed(words.as_bytes(), world) & 1 == 1
        }
    }
}

#[test]
fn soups_of_words_never_panic_and_print_to_the_same_meaning() {
    const WORDS: [&str; 76] = [
        "a",
        "b",
        "=",
        "!=",
        "<",
        "1",
        "-2",
        "\"t\"",
        "x-y",
        "`q r`",
        "(",
        ")",
        "(",
        ")",
        "and",
        "or",
        "not",
        "and",
        "or",
        "not",
        "in",
        "is",
        "empty",
        "between",
        "where",
        "then",
        "within",
        "cased",
        "everyone",
        "did",
        "a",
        "b",
        ",",
        "last",
        "next",
        "this",
        "3",
        "days",
        "month",
        "ago",
        "more",
        "than",
        "times",
        "at",
        "least",
        "once",
        "count",
        "(",
        ")",
        "sum",
        "distinct",
        ".",
        "now",
        "-",
        "+",
        "2026-02-08",
        "contains",
        "starts",
        "with",
        "all",
        "none",
        "before",
        "on",
        "anniversary",
        "@",
        "segment",
        "moved",
        "to",
        "from",
        "push",
        "granted",
        "attended",
        "any",
        "field",
        "|",
        "by",
    ];
    let mut state = 7_u64;
    let mut pick = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % n
    };
    let mut n_right = 0;
    for _ in 0..60_000 {
        let mut text = String::new();
        for _ in 0..=pick(12) {
            text.push_str(WORDS[pick(WORDS.len())]);
            if pick(8) > 0 {
                text.push(' ');
            }
        }
        match parse(&text, SourceId::QUERY) {
            Ok(query) => {
                n_right += 1;
                let printed = print(&query);
                let again = ok(&printed);
                assert_eq!(print(&again), printed, "{text}");
                assert!(
                    (0..8).all(|world| holds(&query.filter, world) == holds(&again.filter, world)),
                    "{text}\n{printed}"
                );
            }
            Err(all) => {
                assert!(!all.is_empty(), "{text}");
                for it in &all {
                    let span = it.span.unwrap();
                    assert!(span.start <= span.end && text.get(span.start..span.end).is_some(), "{text}: {it:?}");
                }
            }
        }
    }
    assert!(n_right > 1_000, "{n_right}");
}

#[test]
fn an_address_without_quotes_is_told_whole_wherever_it_stands() {
    for text in ["b = x@z.com", "a = 1;\nb = x@z.com", "a = 1; (b = 2 and c = x@z.com"] {
        let wrong = super::format(text, SourceId::QUERY).unwrap_err();
        let told = wrong.iter().filter(|it| it.code == Code::ExpectedQuotes).filter_map(|it| it.span);
        assert_eq!(told.map(|it| &text[it.start..it.end]).collect::<Vec<_>>(), ["x@z.com"], "in `{text}`");
    }
}
